//! What is ended stays ended: an SSO login that was under way does not bring it back.

use std::time::Duration;

use futures_util::FutureExt as _;
use tower_sso::{
    login::LoginErrorKind::Revoked,
    session::RevocationScope,
    store::{InsertOutcome, Link, LinkScope, Links as _, Revocation, SessionStore as _},
};

use crate::scene::{TestApp, Who, fault::Verb};

/// Every scope, as it covers ada at organization 1, and one of the same kind that does not.
fn scopes(scene: &TestApp, ada: &Who) -> Vec<(RevocationScope, RevocationScope)> {
    use RevocationScope::{Account, Credential, Idp, Member, Organization, OtherEmails};
    let session = |credential: &tower_sso::Credential, organization: &str| RevocationScope::Session {
        credential: credential.clone(),
        organization: organization.into(),
        account: "ada".into(),
    };
    let other_emails = |account: &str, emails: &[&str]| OtherEmails {
        account: account.into(),
        emails: emails.iter().map(|&email| email.to_owned()).collect(),
    };
    let idp = |client: &str, subject: Option<&str>, idp_session: Option<&str>| Idp {
        organization: "1".into(),
        scope: LinkScope(scene.acme.issuer().to_owned(), client.to_owned()),
        subject: subject.map(Into::into),
        idp_session: idp_session.map(Into::into),
    };
    vec![
        (Credential(ada.presents()), Credential(ada.elsewhere().presents())),
        (Credential(ada.presents()), Credential(ada.by_token().presents())),
        (session(&ada.presents(), "1"), session(&ada.presents(), "2")),
        (session(&ada.presents(), "1"), session(&ada.elsewhere().presents(), "1")),
        (Account("ada".into()), Account("bob".into())),
        (Member("1".into(), "ada".into()), Member("2".into(), "ada".into())),
        (Organization("1".into()), Organization("2".into())),
        (other_emails("ada", &["new@acme.example"]), other_emails("ada", &["ada@acme.example"])),
        (other_emails("ada", &[]), other_emails("bob", &[])),
        (idp("hub-1", Some("ada"), None), idp("hub-1", Some("bob"), None)),
        (idp("hub-1", Some("ada"), None), idp("hub-2", Some("ada"), None)),
        (idp("hub-1", Some("ada"), None), idp("hub-1", Some("ada"), Some("another session"))),
    ]
}

#[tokio::test]
pub async fn a_revocation_between_receive_and_finish_ends_the_login() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    for (covers, spares) in scopes(&scene, &ada) {
        let finish = scene.received(&ada, "1").await;
        scene.sso.revoke(covers.clone()).await.unwrap();
        scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
        assert!(!scene.is_logged_in(&ada, "1").await, "{covers:?}");
        scene.hands.seconds(60);

        let finish = scene.received(&ada, "1").await;
        scene.sso.revoke(spares).await.unwrap();
        scene.finishes(&ada, &finish).await;
        assert!(scene.is_logged_in(&ada, "1").await);
        // What stands is ended by the same scope.
        assert_eq!(scene.sso.revoke(covers.clone()).await.unwrap(), 1, "{covers:?}");
        assert!(!scene.is_logged_in(&ada, "1").await, "{covers:?}");
        scene.hands.seconds(60);
    }
}

#[tokio::test]
pub async fn a_login_that_was_revoked_under_way_changes_nothing() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    for (covers, spares) in scopes(&scene, &ada) {
        let finish = scene.received(&ada, "1").await;
        scene.sso.revoke(covers.clone()).await.unwrap();
        // What an administrator removed is not brought back, either.
        scene.plan.store.unlink(&"1".into(), &"ada".into()).await.unwrap();
        let asked = |verb| scene.switch.asked(verb);
        let before = (asked(Verb::Pin), asked(Verb::Apply), asked(Verb::SessionInsert));
        scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
        let after = (asked(Verb::Pin), asked(Verb::Apply), asked(Verb::SessionInsert));
        assert_eq!(after, before, "{covers:?}");
        assert_eq!(link(&scene).await, None, "{covers:?}");
        scene.hands.seconds(60);

        let finish = scene.received(&ada, "1").await;
        scene.sso.revoke(spares).await.unwrap();
        scene.finishes(&ada, &finish).await;
        assert_eq!(asked(Verb::Apply), before.1 + 1);
        assert!(link(&scene).await.is_some());
        scene.hands.seconds(60);
    }
}

#[tokio::test]
pub async fn a_revocation_between_the_look_and_the_session_is_met_and_its_new_link_goes_again() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    // The administrator unlinks while the finish is at its work: after the look, before the link, the host or the
    // session.
    for verb in [Verb::Pin, Verb::Apply, Verb::SessionInsert] {
        scene.log_in(&ada, "1").await;
        let finish = scene.received(&ada, "1").await;
        let (store, at) = (scene.plan.store.clone(), scene.hands.now());
        scene.switch.meanwhile(verb, move || {
            let scope = RevocationScope::Member("1".into(), "ada".into());
            let revocation = Revocation::new(scope, at, at + Duration::from_secs(1320));
            assert_eq!(store.revoke(&revocation).now_or_never().unwrap().unwrap().count, 1);
            assert!(store.unlink(&"1".into(), &"ada".into()).now_or_never().unwrap().unwrap());
        });
        scene.actions();
        scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
        assert_eq!(link(&scene).await, None, "{verb:?}");
        let removed = scene.actions().contains(&"link.removed");
        assert_eq!(removed, verb == Verb::Pin, "{verb:?}: only what it had pinned itself");
        assert!(!scene.is_logged_in(&ada, "1").await, "{verb:?}");
        scene.hands.seconds(60);
    }
    // A link that stood before stays, whoever signs out meanwhile.
    scene.log_in(&ada, "1").await;
    let finish = scene.received(&ada, "1").await;
    let (store, at) = (scene.plan.store.clone(), scene.hands.now());
    scene.switch.meanwhile(Verb::Apply, move || {
        let scope = RevocationScope::Account("ada".into());
        let revocation = Revocation::new(scope, at, at + Duration::from_secs(1320));
        store.revoke(&revocation).now_or_never().unwrap().unwrap();
    });
    scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
    assert!(link(&scene).await.is_some());
    scene.hands.seconds(60);
    scene.log_in(&ada, "1").await;
}

/// Ada's link at organization 1.
async fn link(scene: &TestApp) -> Option<Link> {
    tower_sso::store::Links::find(&scene.plan.store, &"1".into(), &"ada".into()).await.unwrap()
}

#[tokio::test]
pub async fn a_sign_out_while_the_visitor_is_at_the_provider_ends_the_login() {
    let scene = TestApp::new().await;
    let (ada, other) = (scene.who("ada"), scene.who("ada"));
    let (callback, spared) = (scene.called_back(&ada, "1").await, scene.called_back(&other, "1").await);
    scene.sso.signed_out(&ada.presents()).await.unwrap();
    let received = scene.visit(&ada, &callback).await;
    let finish = scene.location(received).await;
    scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
    scene.accepts(&other, &spared).await;
    // One that begins afterwards is another.
    scene.hands.seconds(1);
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_revocation_also_ends_logins_in_progress() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let authorize = scene.begun(&ada, "1").await;
    scene.sso.signed_out(&ada.presents()).await.unwrap();
    // As late as an SSO login can be.
    scene.hands.seconds(10 * 60 - 1);
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    let received = scene.visit(&ada, &callback).await;
    let finish = scene.location(received).await;
    scene.hands.seconds(2 * 60 - 1);
    // Others come and go meanwhile, so that a store that tidies up has had the occasion.
    scene.log_in(&scene.who("bob"), "2").await;
    scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_session_goes_over_to_a_new_credential_whatever_was_revoked_since_elsewhere() {
    let scene = TestApp::new().await;
    let (ada, bob, token) = (scene.who("ada"), scene.who("bob"), scene.who("ada").by_token());
    scene.log_in(&ada, "1").await;
    scene.hands.seconds(3600);
    // Somebody else signs out, and the mark that it left is over and tidied up.
    scene.sso.signed_out(&bob.presents()).await.unwrap();
    scene.hands.seconds(3600);
    scene.log_in(&scene.who("bob"), "2").await;

    let proof = scene.proof(&ada).await;
    let authorized = scene.sso.authorize_token(&proof, &token.credential.as_str().into()).await.unwrap();
    assert_eq!(authorized, InsertOutcome::Stored);
    let cycled = ada.elsewhere();
    let old = ada.credential.as_str().into();
    let rebound = scene.sso.rebind(&old, &proof, &cycled.credential.as_str().into()).await.unwrap();
    assert_eq!(rebound, InsertOutcome::Stored);
    assert!(scene.is_logged_in(&token, "1").await && scene.is_logged_in(&cycled, "1").await);
    assert!(!scene.is_logged_in(&ada, "1").await);
    assert_eq!(scene.proof(&cycled).await.expires_at(), proof.expires_at());
}

#[tokio::test]
async fn what_was_revoked_goes_over_to_no_credential() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    for (covers, _) in scopes(&scene, &ada) {
        scene.log_in(&ada, "1").await;
        let proof = scene.proof(&ada).await;
        scene.hands.seconds(1);
        scene.sso.revoke(covers.clone()).await.unwrap();
        // Also when the mark is over.
        for wait in [1, 3600] {
            scene.hands.seconds(wait);
            scene.log_in(&scene.who("bob"), "2").await;
            let other = scene.who("ada").by_token();
            let copied = scene.sso.authorize_token(&proof, &other.credential.as_str().into()).await.unwrap();
            assert_eq!(copied, InsertOutcome::Revoked, "{covers:?}");
            assert!(!scene.is_logged_in(&other, "1").await);
        }
    }
}
