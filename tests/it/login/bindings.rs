//! An SSO login belongs to its organization, its connection as it was, its account and its credential.

use tower_sso::login::LoginErrorKind::{
    ConnectionChanged, NoConnection, NotMember, NotSignedIn, OtherAccount, OtherCredential,
    OtherOrganization, RequestInvalid, ViewerNotEstablished,
};
use tower_sso::{
    Membership,
    connection::{Enforcement, FixedConnections},
    token::CredentialKind,
};

use crate::scene::{Plan, TestApp, Who};

#[tokio::test]
pub async fn a_callback_at_another_organization_is_refused() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let callback = scene.called_back(&ada, "1").await;
    let before = scene.initech.calls("/token");
    scene.refused(scene.visit(&ada, &callback.replace("/sso/1/", "/sso/2/")).await, OtherOrganization).await;
    assert_eq!(scene.initech.calls("/token"), before, "the code went to another provider");
    // The state is spent: the right address does not take it any more either.
    assert!(!scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&ada, "2").await);
    scene.accepts(&ada, &scene.called_back(&ada, "1").await).await;
    assert!(scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&ada, "2").await);
}

#[tokio::test]
pub async fn a_ticket_at_another_organization_is_refused() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let finish = scene.received(&ada, "1").await.replace("/sso/1/", "/sso/2/");
    scene.refused(scene.visit(&ada, &finish).await, OtherOrganization).await;
    scene.finishes(&ada, &scene.received(&ada, "1").await).await;
}

#[tokio::test]
pub async fn another_browser_cannot_finish() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&ada.elsewhere(), &finish).await, OtherCredential).await;
    assert!(!scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&ada.elsewhere(), "1").await);
    scene.finishes(&ada, &scene.received(&ada, "1").await).await;
    // And what one browser proved is no proof for another.
    assert!(scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&ada.elsewhere(), "1").await);
}

#[tokio::test]
pub async fn a_token_with_the_id_of_the_login_session_is_another_credential() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let token = ada.by_token();
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&token, &finish).await, RequestInvalid).await;
    scene.log_in(&ada, "1").await;
    assert!(scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&token, "1").await);
    // Authorized, it has a session of its own; and the end of one is not the end of the other.
    let proof = scene.proof(&ada).await;
    scene.sso.authorize_token(&proof, &token.credential.as_str().into()).await.unwrap();
    assert!(scene.is_logged_in(&token, "1").await);
    assert_eq!(scene.sso.signed_out(&ada.presents()).await.unwrap(), 1);
    assert!(!scene.is_logged_in(&ada, "1").await && scene.is_logged_in(&token, "1").await);
    assert_eq!(scene.sso.signed_out(&token.presents()).await.unwrap(), 1);
    assert!(!scene.is_logged_in(&token, "1").await);
}

/// Its owner authorizes it, of those that the app lists: an SSO login of its own would come around both.
#[tokio::test]
pub async fn a_token_signs_nobody_on_not_even_itself() {
    let scene = TestApp::new().await;
    let (ada, saml) = (scene.who("ada"), TestApp::of(Plan { saml: Some(|it| it), ..Plan::default() }).await);
    for token in [ada.by_token(), Who { kind: CredentialKind::OrganizationToken, ..ada.clone() }] {
        scene.refused(scene.begin(&token, "1", "/").await, RequestInvalid).await;
        scene.refused(scene.visit(&token, "/sso/1/start").await, RequestInvalid).await;
        let finish = scene.received(&ada, "1").await;
        scene.refused(scene.visit(&token, &finish).await, RequestInvalid).await;
        // It used nothing up.
        scene.finishes(&ada, &finish).await;
        assert!(!scene.is_logged_in(&token, "1").await);
        let confirm = saml.visit(&token, "/sso/1/saml/confirm?ticket=x").await;
        saml.refused(confirm, RequestInvalid).await;
        let confirmed = [("origin", saml.base.as_str())];
        let confirmed = saml.post(&token, "/sso/1/saml/confirm", &confirmed, "ticket=x").await;
        saml.refused(confirmed, RequestInvalid).await;
        scene.hands.seconds(31);
    }
}

#[tokio::test]
pub async fn another_account_cannot_finish() {
    let scene = TestApp::new().await;
    let (ada, bob) = (scene.who("ada"), scene.who("bob"));
    for (other, credential) in [("bob", &bob.credential), ("bob", &ada.credential)] {
        let finish = scene.received(&ada, "2").await;
        let other = Who { account: Some(other.to_owned()), credential: credential.clone(), ..bob.clone() };
        scene.refused(scene.visit(&other, &finish).await, OtherAccount).await;
    }
    scene.finishes(&ada, &scene.received(&ada, "2").await).await;
    scene.finishes(&bob, &scene.received(&bob, "2").await).await;
}

#[tokio::test]
pub async fn a_connection_that_changes_during_a_login_ends_it() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let callback = scene.called_back(&ada, "1").await;
    scene.change(scene.connection().domains(["acme.example"]));
    scene.refused(scene.visit(&ada, &callback).await, ConnectionChanged).await;

    let finish = scene.received(&ada, "1").await;
    scene.change(scene.connection());
    scene.refused(scene.visit(&ada, &finish).await, ConnectionChanged).await;

    // A change that does not matter to security ends none.
    let callback = scene.called_back(&ada, "1").await;
    scene.change(scene.connection().name("Another name"));
    let received = scene.visit(&ada, &callback).await;
    let finish = scene.location(received).await;
    scene.change(scene.connection().name("Yet another"));
    scene.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn an_organization_without_a_connection_has_no_login_at_any_step() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    for organization in ["3", "nobody", "%2e%2e", "1%00"] {
        let start = format!("/sso/{organization}/start");
        scene.refused(scene.visit(&ada, &start).await, NoConnection).await;
        scene.refused(scene.begin(&ada, organization, "/").await, NoConnection).await;
    }
    let callback = scene.called_back(&ada, "1").await;
    scene.settings.change(FixedConnections::default());
    scene.refused(scene.visit(&ada, &callback).await, NoConnection).await;
    scene.change(scene.connection());
    let finish = scene.received(&ada, "1").await;
    scene.settings.change(FixedConnections::default());
    scene.refused(scene.visit(&ada, &finish).await, NoConnection).await;
    scene.change(scene.connection());
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_connection_that_is_off_has_no_login() {
    use tower_sso::{
        ConnectionSettings,
        oidc::{ClientAuthentication, OidcSettings},
    };
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let settings = |enforcement| {
        let oidc = OidcSettings::new(scene.acme.issuer(), "hub-1", ClientAuthentication::None);
        ConnectionSettings::oidc("1", enforcement, oidc)
    };
    scene.change(settings(Enforcement::Off));
    scene.refused(scene.visit(&ada, "/sso/1/start").await, NoConnection).await;
    scene.refused(scene.begin(&ada, "1", "/").await, NoConnection).await;
    scene.change(settings(Enforcement::Optional));
    assert_eq!(scene.visit(&ada, "/sso/1/start").await.status(), 200);
}

#[tokio::test]
pub async fn only_members_log_in() {
    let scene = TestApp::new().await;
    for account in ["mallory", "eve"] {
        let who = scene.who(account);
        let page = scene.refused(scene.visit(&who, "/sso/1/start").await, NotMember).await;
        assert!(page.contains("is no member of this organization"), "{page}");
        scene.refused(scene.begin(&who, "1", "/").await, NotMember).await;
    }
    assert_eq!(scene.acme.requests().values().sum::<usize>(), 0, "the provider was asked");
    scene.log_in(&scene.who("ada"), "1").await;
}

#[tokio::test]
pub async fn a_member_who_is_removed_during_a_login_does_not_finish() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let stands =
        |membership| scene.host.0.memberships.lock().unwrap().insert(("1".into(), "ada".into()), membership);
    for membership in [Membership::NonMember, Membership::ExternalCollaborator] {
        let finish = scene.received(&ada, "1").await;
        stands(membership);
        scene.refused(scene.visit(&ada, &finish).await, NotMember).await;
        stands(Membership::member());
    }
    assert!(scene.host.0.applied.lock().unwrap().is_empty());
    scene.finishes(&ada, &scene.received(&ada, "1").await).await;
}

#[tokio::test]
pub async fn nobody_logs_in_without_a_login_at_the_host() {
    let scene = TestApp::new().await;
    let (ada, nobody) = (scene.who("ada"), Who::nobody());
    // A form that was posted can't be come back to, so there is no way to the host's sign-in.
    scene.refused(scene.begin(&nobody, "1", "/").await, NotSignedIn).await;
    *scene.host.0.without_sign_in.lock().unwrap() = true;
    scene.refused(scene.visit(&nobody, "/sso/1/start").await, NotSignedIn).await;
    let finish = format!("{}&again=1", scene.received(&ada, "1").await);
    scene.refused(scene.visit(&nobody, &finish).await, NotSignedIn).await;
    // Nobody took the ticket.
    scene.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn a_host_whose_authentication_has_not_run_is_loud() {
    let scene = TestApp::new().await;
    let unknown = Who { account: Some("!".to_owned()), ..scene.who("ada") };
    scene.refused(scene.visit(&unknown, "/sso/1/start").await, ViewerNotEstablished).await;
    scene.refused(scene.begin(&unknown, "1", "/").await, ViewerNotEstablished).await;
    let ada = scene.who("ada");
    let finish = scene.received(&ada, "1").await;
    scene.refused(scene.visit(&unknown, &finish).await, ViewerNotEstablished).await;
    scene.finishes(&ada, &finish).await;
}
