//! The same with SAML: what a handler requires is requested from the provider and checked on return.

use std::time::Duration;

use tower_sso::login::LoginErrorKind::{AuthTimeTooOld, ContextClassWrong, SamlStatusFailed};
use tower_sso_test_idp::SamlLie;

use super::{
    logout_messages::carried,
    step_up::{MFA, app, follows, recent, strong, visits},
};
use crate::{
    support::text,
    test_app::{Actor, TestApp, TestConfig},
};

fn by_saml() -> TestConfig {
    TestConfig {
        saml: Some(|settings| settings),
        provider: |builder| builder.acr_values([MFA]),
        ..TestConfig::default()
    }
}

/// Goes from a challenge through the provider and back.
async fn goes_round(test_app: &TestApp, who: &Actor, authorize: &str, back: &str) {
    let callback = test_app.signed_in(who, "1", authorize).await;
    let received = test_app.visit(who, &callback).await;
    let finish = test_app.location(received).await;
    let finished = test_app.visit(who, &finish).await;
    assert_eq!(test_app.location(finished).await, test_app.url(back));
}

#[tokio::test]
async fn a_recent_login_is_requested_and_checked_by_saml() {
    let test_app = TestApp::of(by_saml()).await;
    let (app, ada) = (app(&test_app, recent()), test_app.actor("ada"));
    test_app.log_in(&ada, "1").await;
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
    test_app.clock.seconds(360);
    assert!(test_app.is_logged_in(&ada, "1").await);
    let challenged = async || follows(&test_app, &ada, visits(&app, &ada, "/acme/settings").await).await;
    let authorize = challenged().await;
    // SAML can't request a maximum age, so the user has to log in again.
    assert!(carried(&authorize, "SAMLRequest").0.contains("ForceAuthn=\"true\""));
    // A provider that ignores `ForceAuthn` is detected.
    let ago = humantime::format_rfc3339_seconds(test_app.clock.now() - Duration::from_secs(400)).to_string();
    test_app.acme.lie(SamlLie::attribute("AuthnStatement", "AuthnInstant", ago).into());
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    test_app.refused(test_app.visit(&ada, &callback).await, AuthTimeTooOld).await;
    test_app.acme.honest();
    let authorize = challenged().await;
    goes_round(&test_app, &ada, &authorize, "/acme/settings").await;
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
}

#[tokio::test]
async fn a_context_class_is_requested_and_checked_by_saml() {
    let test_app = TestApp::of(by_saml()).await;
    let (app, ada) = (app(&test_app, strong()), test_app.actor("ada"));
    // An ordinary SSO login has the provider's default context class.
    test_app.log_in(&ada, "1").await;
    let challenged = async || follows(&test_app, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let authorize = challenged().await;
    let asked = carried(&authorize, "SAMLRequest").0;
    assert!(asked.contains("RequestedAuthnContext") && asked.contains(MFA), "{asked}");
    test_app.acme.lie(SamlLie::text("AuthnContextClassRef", "urn:example:pwd").into());
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    test_app.refused(test_app.visit(&ada, &callback).await, ContextClassWrong).await;
    test_app.acme.honest();
    let authorize = challenged().await;
    goes_round(&test_app, &ada, &authorize, "/by-hand/1").await;
    assert_eq!(text(visits(&app, &ada, "/by-hand/1").await).await, "fresh ada");
}

#[tokio::test]
async fn an_unsupported_context_class_is_refused_by_saml() {
    // The accepted counterpart is the test above.
    let test_app = TestApp::of(TestConfig { provider: |builder| builder, ..by_saml() }).await;
    let (app, ada) = (app(&test_app, strong()), test_app.actor("ada"));
    let challenge = visits(&app, &ada, "/by-hand/1").await;
    let authorize = follows(&test_app, &ada, challenge).await;
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    test_app.refused(test_app.visit(&ada, &callback).await, SamlStatusFailed).await;
    assert!(!test_app.is_logged_in(&ada, "1").await);
}
