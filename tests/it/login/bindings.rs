//! An SSO login is bound to its organization, its connection version, its account and its credential.

use tower_sso::login::LoginErrorKind::{
    ConnectionChanged, NoConnection, NotMember, NotSignedIn, OtherAccount, OtherCredential,
    OtherOrganization, RequestInvalid, ViewerNotEstablished,
};
use tower_sso::{
    Membership,
    connection::{Enforcement, FixedConnections},
    token::CredentialKind,
};

use crate::test_app::{Actor, TestApp, TestConfig};

#[tokio::test]
pub async fn a_callback_at_another_organization_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    let before = app.initech.calls("/token");
    app.refused(app.visit(&ada, &callback.replace("/sso/1/", "/sso/2/")).await, OtherOrganization).await;
    assert_eq!(app.initech.calls("/token"), before, "the code went to another provider");
    // The state has been used, so the right address does not accept it any more either.
    assert!(!app.is_logged_in(&ada, "1").await && !app.is_logged_in(&ada, "2").await);
    app.accepts(&ada, &app.called_back(&ada, "1").await).await;
    assert!(app.is_logged_in(&ada, "1").await && !app.is_logged_in(&ada, "2").await);
}

#[tokio::test]
pub async fn a_ticket_at_another_organization_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await.replace("/sso/1/", "/sso/2/");
    app.refused(app.visit(&ada, &finish).await, OtherOrganization).await;
    app.finishes(&ada, &app.received(&ada, "1").await).await;
}

#[tokio::test]
pub async fn another_browser_cannot_finish() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada.elsewhere(), &finish).await, OtherCredential).await;
    assert!(!app.is_logged_in(&ada, "1").await && !app.is_logged_in(&ada.elsewhere(), "1").await);
    app.finishes(&ada, &app.received(&ada, "1").await).await;
    // A login in one browser does not count for another browser.
    assert!(app.is_logged_in(&ada, "1").await && !app.is_logged_in(&ada.elsewhere(), "1").await);
}

#[tokio::test]
pub async fn a_token_with_the_id_of_a_browser_session_is_another_credential() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let token = ada.by_token();
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&token, &finish).await, RequestInvalid).await;
    app.log_in(&ada, "1").await;
    assert!(app.is_logged_in(&ada, "1").await && !app.is_logged_in(&token, "1").await);
    // An authorized token has its own session. Ending one of the two sessions does not end the other.
    let proof = app.proof(&ada).await;
    app.sso.authorize_token(&proof, &token.credential.as_str().into()).await.unwrap();
    assert!(app.is_logged_in(&token, "1").await);
    assert_eq!(app.sso.signed_out(&ada.presents()).await.unwrap(), 1);
    assert!(!app.is_logged_in(&ada, "1").await && app.is_logged_in(&token, "1").await);
    assert_eq!(app.sso.signed_out(&token.presents()).await.unwrap(), 1);
    assert!(!app.is_logged_in(&token, "1").await);
}

/// The owner authorizes a token that the app lists. An SSO login by the token itself would bypass both.
#[tokio::test]
pub async fn a_token_cannot_log_in_with_sso() {
    let app = TestApp::new().await;
    let (ada, saml) =
        (app.actor("ada"), TestApp::of(TestConfig { saml: Some(|it| it), ..TestConfig::default() }).await);
    for token in [ada.by_token(), Actor { kind: CredentialKind::OrganizationToken, ..ada.clone() }] {
        app.refused(app.begin(&token, "1", "/").await, RequestInvalid).await;
        app.refused(app.visit(&token, "/sso/1/start").await, RequestInvalid).await;
        let finish = app.received(&ada, "1").await;
        app.refused(app.visit(&token, &finish).await, RequestInvalid).await;
        // The refused attempt used nothing up.
        app.finishes(&ada, &finish).await;
        assert!(!app.is_logged_in(&token, "1").await);
        let confirm = saml.visit(&token, "/sso/1/saml/confirm?ticket=x").await;
        saml.refused(confirm, RequestInvalid).await;
        let confirmed = [("origin", saml.base.as_str())];
        let confirmed = saml.post(&token, "/sso/1/saml/confirm", &confirmed, "ticket=x").await;
        saml.refused(confirmed, RequestInvalid).await;
        app.clock.seconds(31);
    }
}

#[tokio::test]
pub async fn another_account_cannot_finish() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.actor("ada"), app.actor("bob"));
    for (other, credential) in [("bob", &bob.credential), ("bob", &ada.credential)] {
        let finish = app.received(&ada, "2").await;
        let other = Actor { account: Some(other.to_owned()), credential: credential.clone(), ..bob.clone() };
        app.refused(app.visit(&other, &finish).await, OtherAccount).await;
    }
    app.finishes(&ada, &app.received(&ada, "2").await).await;
    app.finishes(&bob, &app.received(&bob, "2").await).await;
}

#[tokio::test]
pub async fn a_connection_that_changes_during_a_login_ends_it() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    app.change(app.connection().domains(["acme.example"]));
    app.refused(app.visit(&ada, &callback).await, ConnectionChanged).await;

    let finish = app.received(&ada, "1").await;
    app.change(app.connection());
    app.refused(app.visit(&ada, &finish).await, ConnectionChanged).await;

    // A change that does not affect security ends no login.
    let callback = app.called_back(&ada, "1").await;
    app.change(app.connection().name("Another name"));
    let received = app.visit(&ada, &callback).await;
    let finish = app.location(received).await;
    app.change(app.connection().name("Yet another"));
    app.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn an_organization_without_a_connection_has_no_login_pages() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    for organization in ["3", "nobody", "%2e%2e", "1%00"] {
        let start = format!("/sso/{organization}/start");
        app.refused(app.visit(&ada, &start).await, NoConnection).await;
        app.refused(app.begin(&ada, organization, "/").await, NoConnection).await;
    }
    let callback = app.called_back(&ada, "1").await;
    app.settings.change(FixedConnections::default());
    app.refused(app.visit(&ada, &callback).await, NoConnection).await;
    app.change(app.connection());
    let finish = app.received(&ada, "1").await;
    app.settings.change(FixedConnections::default());
    app.refused(app.visit(&ada, &finish).await, NoConnection).await;
    app.change(app.connection());
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_connection_that_is_off_has_no_login_pages() {
    use tower_sso::{
        ConnectionSettings,
        oidc::{ClientAuthentication, ClientId, OidcSettings},
    };
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let settings = |enforcement| {
        let oidc = OidcSettings::new(app.acme.issuer(), ClientId::new("hub-1"), ClientAuthentication::None);
        ConnectionSettings::oidc("1", enforcement, oidc)
    };
    app.change(settings(Enforcement::Off));
    app.refused(app.visit(&ada, "/sso/1/start").await, NoConnection).await;
    app.refused(app.begin(&ada, "1", "/").await, NoConnection).await;
    app.change(settings(Enforcement::Optional));
    assert_eq!(app.visit(&ada, "/sso/1/start").await.status(), 200);
}

#[tokio::test]
pub async fn only_members_log_in() {
    let app = TestApp::new().await;
    for account in ["mallory", "eve"] {
        let who = app.actor(account);
        let page = app.refused(app.visit(&who, "/sso/1/start").await, NotMember).await;
        assert!(page.contains("is no member of this organization"), "{page}");
        app.refused(app.begin(&who, "1", "/").await, NotMember).await;
    }
    assert_eq!(app.acme.requests().values().sum::<usize>(), 0, "the provider was asked");
    app.log_in(&app.actor("ada"), "1").await;
}

#[tokio::test]
pub async fn a_member_who_is_removed_during_a_login_cannot_finish() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let set_membership = |membership| {
        app.host.state.memberships.lock().unwrap().insert(("1".into(), "ada".into()), membership)
    };
    for membership in [Membership::NonMember, Membership::ExternalCollaborator] {
        let finish = app.received(&ada, "1").await;
        set_membership(membership);
        app.refused(app.visit(&ada, &finish).await, NotMember).await;
        set_membership(Membership::member());
    }
    assert!(app.host.state.applied.lock().unwrap().is_empty());
    app.finishes(&ada, &app.received(&ada, "1").await).await;
}

#[tokio::test]
pub async fn a_visitor_who_is_not_signed_in_cannot_log_in_with_sso() {
    let app = TestApp::new().await;
    let (ada, nobody) = (app.actor("ada"), Actor::nobody());
    // The browser can't return to a page that answered a posted form, so the host's sign-in page is not offered.
    app.refused(app.begin(&nobody, "1", "/").await, NotSignedIn).await;
    *app.host.state.without_sign_in.lock().unwrap() = true;
    app.refused(app.visit(&nobody, "/sso/1/start").await, NotSignedIn).await;
    let finish = format!("{}&again=1", app.received(&ada, "1").await);
    app.refused(app.visit(&nobody, &finish).await, NotSignedIn).await;
    // The refused attempts did not take the ticket.
    app.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn a_viewer_that_is_not_established_is_answered_with_500() {
    let app = TestApp::new().await;
    let unknown = Actor { account: Some("!".to_owned()), ..app.actor("ada") };
    app.refused(app.visit(&unknown, "/sso/1/start").await, ViewerNotEstablished).await;
    app.refused(app.begin(&unknown, "1", "/").await, ViewerNotEstablished).await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&unknown, &finish).await, ViewerNotEstablished).await;
    app.finishes(&ada, &finish).await;
}
