//! A revoked session stays revoked: an SSO login that was in progress does not bring it back.

use std::time::Duration;

use futures_util::FutureExt as _;
use tower_sso::{
    login::LoginErrorKind::{LookupFailed, OtherCredential, Revoked},
    session::{RevocationScope, SessionId},
    store::{InsertOutcome, Link, LinkOutcome, LinkScope, Links as _, Revocation, SessionStore as _},
};

use crate::test_app::{
    Actor, TestApp, TestConfig,
    fault::{Fault, Verb},
};

/// Returns every scope as it covers ada at organization 1, each with a scope of the same kind that does not cover her.
fn scopes(app: &TestApp, ada: &Actor) -> Vec<(RevocationScope, RevocationScope)> {
    use RevocationScope::{Account, AccountCredential, Credential, Idp, Member, Organization, OtherEmails};
    let session = |credential: &tower_sso::Credential, organization: &str| RevocationScope::Session {
        credential: credential.clone(),
        organization: organization.into(),
        account: "ada".into(),
    };
    let own = |credential: tower_sso::Credential, account: &str| AccountCredential {
        credential,
        account: account.into(),
    };
    let other_emails = |account: &str, emails: &[&str]| OtherEmails {
        account: account.into(),
        emails: emails.iter().map(|&email| email.to_owned()).collect(),
    };
    let idp = |client: &str, subject: Option<&str>, idp_session: Option<&str>| Idp {
        organization: "1".into(),
        scope: LinkScope(app.acme.issuer().to_owned(), client.to_owned()),
        subject: subject.map(Into::into),
        idp_session: idp_session.map(Into::into),
    };
    vec![
        (Credential(ada.presents()), Credential(ada.elsewhere().presents())),
        (Credential(ada.presents()), Credential(ada.by_token().presents())),
        (own(ada.presents(), "ada"), own(ada.presents(), "bob")),
        (own(ada.presents(), "ada"), own(ada.elsewhere().presents(), "ada")),
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
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for (covers, spares) in scopes(&app, &ada) {
        let finish = app.received(&ada, "1").await;
        app.sso.revoke(covers.clone()).await.unwrap();
        app.refused(app.visit(&ada, &finish).await, Revoked).await;
        assert!(!app.is_logged_in(&ada, "1").await, "{covers:?}");
        app.clock.seconds(60);

        let finish = app.received(&ada, "1").await;
        app.sso.revoke(spares).await.unwrap();
        app.finishes(&ada, &finish).await;
        assert!(app.is_logged_in(&ada, "1").await);
        // The same scope ends the active session.
        assert_eq!(app.sso.revoke(covers.clone()).await.unwrap(), 1, "{covers:?}");
        assert!(!app.is_logged_in(&ada, "1").await, "{covers:?}");
        app.clock.seconds(60);
    }
}

#[tokio::test]
pub async fn a_login_revoked_in_progress_changes_nothing() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for (covers, spares) in scopes(&app, &ada) {
        let finish = app.received(&ada, "1").await;
        app.sso.revoke(covers.clone()).await.unwrap();
        // A link that an administrator removed is not restored either.
        app.config.store.unlink(&"1".into(), &"ada".into()).await.unwrap();
        let asked = |verb| app.faults.asked(verb);
        let before = (asked(Verb::Pin), asked(Verb::Apply), asked(Verb::SessionInsert));
        app.refused(app.visit(&ada, &finish).await, Revoked).await;
        let after = (asked(Verb::Pin), asked(Verb::Apply), asked(Verb::SessionInsert));
        assert_eq!(after, before, "{covers:?}");
        assert_eq!(link(&app).await, None, "{covers:?}");
        app.clock.seconds(60);

        let finish = app.received(&ada, "1").await;
        app.sso.revoke(spares).await.unwrap();
        app.finishes(&ada, &finish).await;
        assert_eq!(asked(Verb::Apply), before.1 + 1);
        assert!(link(&app).await.is_some());
        app.clock.seconds(60);
    }
}

#[tokio::test]
pub async fn a_revocation_during_the_finish_refuses_the_session_and_removes_the_link() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    // The administrator unlinks while the finish is running: after the lookup, and before the link, the host's `apply`
    // or the session.
    for verb in [Verb::Pin, Verb::Apply, Verb::SessionInsert] {
        app.log_in(&ada, "1").await;
        let finish = app.received(&ada, "1").await;
        let (store, at) = (app.config.store.clone(), app.clock.now());
        app.faults.meanwhile(verb, move || {
            let scope = RevocationScope::Member("1".into(), "ada".into());
            let revocation = Revocation::new(scope, at, at + Duration::from_secs(1320));
            assert_eq!(store.revoke(&revocation).now_or_never().unwrap().unwrap().count, 1);
            assert!(store.unlink(&"1".into(), &"ada".into()).now_or_never().unwrap().unwrap());
        });
        app.actions();
        app.refused(app.visit(&ada, &finish).await, Revoked).await;
        assert_eq!(link(&app).await, None, "{verb:?}");
        let removed = app.actions().contains(&"link.removed");
        assert_eq!(removed, verb == Verb::Pin, "{verb:?}: the login removes only its own link");
        assert!(!app.is_logged_in(&ada, "1").await, "{verb:?}");
        app.clock.seconds(60);
    }
    // A link that existed before stays, even if the account signs out in the meantime.
    app.log_in(&ada, "1").await;
    let finish = app.received(&ada, "1").await;
    let (store, at) = (app.config.store.clone(), app.clock.now());
    app.faults.meanwhile(Verb::Apply, move || {
        let scope = RevocationScope::Account("ada".into());
        let revocation = Revocation::new(scope, at, at + Duration::from_secs(1320));
        store.revoke(&revocation).now_or_never().unwrap().unwrap();
    });
    app.refused(app.visit(&ada, &finish).await, Revoked).await;
    assert!(link(&app).await.is_some());
    app.clock.seconds(60);
    app.log_in(&ada, "1").await;
}

/// Two tabs of one person. The first login makes the link and fails; the second has confirmed it in the meantime, and its
/// session depends on it.
#[tokio::test]
async fn a_failed_login_keeps_a_link_that_another_login_has_confirmed() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for (confirmed, stays) in [(false, false), (true, true)] {
        let finish = app.received(&ada, "1").await;
        let store = app.config.store.clone();
        app.faults.meanwhile(Verb::Apply, move || {
            let held = tower_sso::store::Links::find(&store, &"1".into(), &"ada".into());
            let link = held.now_or_never().unwrap().unwrap().unwrap();
            if confirmed {
                let linked = store.link(&link, &SessionId::new("of the other login"));
                assert_eq!(linked.now_or_never().unwrap().unwrap(), LinkOutcome::Same);
            }
        });
        app.faults.fails_once(Verb::Apply);
        app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
        assert_eq!(link(&app).await.is_some(), stays, "confirmed: {confirmed}");
        app.clock.seconds(60);
    }
}

/// A store that fails to answer may have stored the session. A session without its link would let another user of the
/// provider be linked to the account while the session lasts.
#[tokio::test]
pub async fn a_session_that_may_be_stored_keeps_its_link() {
    for (verb, stays) in [(Verb::SessionInsert, true), (Verb::Apply, false)] {
        for fault in [Fault::Fails, Fault::Hangs] {
            let app = TestApp::of(TestConfig {
                lookup_timeout: Duration::from_millis(150),
                ..TestConfig::default()
            })
            .await;
            let ada = app.actor("ada");
            let finish = app.received(&ada, "1").await;
            app.faults.set(Some((verb, fault)));
            app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
            app.faults.set(None);
            assert_eq!(link(&app).await.is_some(), stays, "{verb:?} {fault:?}");
            // The next login goes on with the link, or creates it again.
            app.log_in(&ada, "1").await;
            assert!(link(&app).await.is_some());
        }
    }
}

/// Returns ada's link at organization 1.
async fn link(app: &TestApp) -> Option<Link> {
    tower_sso::store::Links::find(&app.config.store, &"1".into(), &"ada".into()).await.unwrap()
}

#[tokio::test]
pub async fn a_sign_out_during_the_login_at_the_provider_ends_the_login() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    let (callback, spared) = (app.called_back(&ada, "1").await, app.called_back(&other, "1").await);
    app.sso.signed_out(&ada.presents()).await.unwrap();
    let received = app.visit(&ada, &callback).await;
    let finish = app.location(received).await;
    app.refused(app.visit(&ada, &finish).await, Revoked).await;
    app.accepts(&other, &spared).await;
    // A login that begins afterwards is not affected.
    app.clock.seconds(1);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_revocation_also_ends_logins_in_progress() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let authorize = app.begun(&ada, "1").await;
    app.sso.signed_out(&ada.presents()).await.unwrap();
    // The latest time at which an SSO login can return.
    app.clock.seconds(10 * 60 - 1);
    let callback = app.signed_in(&ada, "1", &authorize).await;
    let received = app.visit(&ada, &callback).await;
    let finish = app.location(received).await;
    app.clock.seconds(2 * 60 - 1);
    // Another member logs in at this time, so the store has a chance to clean up.
    app.log_in(&app.actor("bob"), "2").await;
    app.refused(app.visit(&ada, &finish).await, Revoked).await;
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_session_is_copied_to_a_new_credential_despite_revocations_elsewhere() {
    let app = TestApp::new().await;
    let (ada, bob, token) = (app.actor("ada"), app.actor("bob"), app.actor("ada").by_token());
    app.log_in(&ada, "1").await;
    app.clock.seconds(3600);
    // Another account signs out. The mark that this leaves has expired and is cleaned up.
    app.sso.signed_out(&bob.presents()).await.unwrap();
    app.clock.seconds(3600);
    app.log_in(&app.actor("bob"), "2").await;

    let proof = app.proof(&ada).await;
    let authorized = app.sso.authorize_token(&proof, &token.credential.as_str().into()).await.unwrap();
    assert_eq!(authorized, InsertOutcome::Stored);
    let cycled = ada.elsewhere();
    let (old, new) = (ada.credential.as_str().into(), cycled.credential.as_str().into());
    assert_eq!(app.sso.rebind(&"ada".into(), &old, &new).await.unwrap(), 1);
    assert!(app.is_logged_in(&token, "1").await && app.is_logged_in(&cycled, "1").await);
    assert!(!app.is_logged_in(&ada, "1").await);
    assert_eq!(app.proof(&cycled).await.expires_at(), proof.expires_at());
}

/// Two accounts can use one app session, for example in an app with an account switcher.
#[tokio::test]
async fn a_login_that_began_with_the_old_id_of_a_rebind_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let bob = Actor { credential: ada.credential.clone(), ..app.actor("bob") };
    let cycled = ada.elsewhere();
    let (old, new) = (ada.presents().id, cycled.presents().id);
    // Ada has no SSO session yet, so nothing moves. Her SSO logins in progress are refused all the same.
    for (presents, expected) in [(&cycled, OtherCredential), (&ada, Revoked)] {
        let finish = app.received(&ada, "1").await;
        let of_bob = app.received(&bob, "2").await;
        assert_eq!(app.sso.rebind(&"ada".into(), &old, &new).await.unwrap(), 0);
        app.refused(app.visit(presents, &finish).await, expected).await;
        assert!(!app.is_logged_in(presents, "1").await);
        // Bob's SSO login with the same app session continues.
        app.finishes(&bob, &of_bob).await;
        app.clock.seconds(60);
    }
    // An SSO login that begins with the new id works. The twin of the above is a login without a rebind.
    app.log_in(&cycled, "1").await;
    app.clock.seconds(60);
    app.log_in(&ada, "1").await;
    assert!(app.is_logged_in(&cycled, "1").await && app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn a_rebind_copies_only_the_session_that_was_asked_for() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.actor("ada"), app.actor("bob"));
    let (old, new) = (ada.presents().id, ada.elsewhere().presents().id);
    app.log_in(&ada, "1").await;
    app.log_in(&bob, "2").await;
    let of_bob = app.sso.account_sessions(&"bob".into(), None).await.unwrap().sessions.remove(0);
    // A store that answers with another account's session.
    app.faults.finds_session((*of_bob).clone());
    assert_eq!(app.sso.rebind(&"ada".into(), &old, &new).await.unwrap(), 0);
    assert!(!app.is_logged_in(&ada.elsewhere(), "1").await);
    assert!(!app.is_logged_in(&bob.elsewhere(), "2").await);
    app.clock.seconds(60);
    app.log_in(&ada, "1").await;
    assert_eq!(app.sso.rebind(&"ada".into(), &old, &new).await.unwrap(), 1, "the twin");
    app.count_finished();
    assert!(app.is_logged_in(&ada.elsewhere(), "1").await);
}

#[tokio::test]
async fn a_revoked_session_is_copied_to_no_credential() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for (covers, _) in scopes(&app, &ada) {
        app.log_in(&ada, "1").await;
        let proof = app.proof(&ada).await;
        app.clock.seconds(1);
        app.sso.revoke(covers.clone()).await.unwrap();
        // The copy is also refused after the mark has expired.
        for wait in [1, 3600] {
            app.clock.seconds(wait);
            app.log_in(&app.actor("bob"), "2").await;
            let other = app.actor("ada").by_token();
            let copied = app.sso.authorize_token(&proof, &other.credential.as_str().into()).await.unwrap();
            assert_eq!(copied, InsertOutcome::Revoked, "{covers:?}");
            assert!(!app.is_logged_in(&other, "1").await);
        }
    }
}
