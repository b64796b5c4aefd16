//! The same by SAML: what a handler asks for is asked of the provider, and checked on return.

use std::time::Duration;

use tower_sso::login::LoginErrorKind::{AuthTimeTooOld, ContextClassWrong, SamlStatusFailed};
use tower_sso_test_idp::SamlLie;

use super::{
    logout_messages::carried,
    step_up::{MFA, app, follows, recent, strong, visits},
};
use crate::{
    scene::{Plan, TestApp, Who},
    support::text,
};

fn by_saml() -> Plan {
    Plan { saml: Some(|settings| settings), provider: |builder| builder.acr_values([MFA]), ..Plan::default() }
}

/// Goes from a challenge through the provider and back.
async fn goes_round(scene: &TestApp, who: &Who, authorize: &str, back: &str) {
    let callback = scene.signed_in(who, "1", authorize).await;
    let received = scene.visit(who, &callback).await;
    let finish = scene.location(received).await;
    let finished = scene.visit(who, &finish).await;
    assert_eq!(scene.location(finished).await, scene.url(back));
}

#[tokio::test]
async fn a_recent_login_is_asked_for_and_seen_by_saml() {
    let scene = TestApp::of(by_saml()).await;
    let (app, ada) = (app(&scene, recent()), scene.who("ada"));
    scene.log_in(&ada, "1").await;
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
    scene.hands.seconds(360);
    assert!(scene.is_logged_in(&ada, "1").await);
    let challenged = async || follows(&scene, &ada, visits(&app, &ada, "/acme/settings").await).await;
    let authorize = challenged().await;
    // SAML can't ask for an age: the user has to log in with SSO anew.
    assert!(carried(&authorize, "SAMLRequest").0.contains("ForceAuthn=\"true\""));
    // A provider that does not do it is found out.
    let ago = humantime::format_rfc3339_seconds(scene.hands.now() - Duration::from_secs(400)).to_string();
    scene.acme.lie(SamlLie::attribute("AuthnStatement", "AuthnInstant", ago).into());
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, AuthTimeTooOld).await;
    scene.acme.honest();
    let authorize = challenged().await;
    goes_round(&scene, &ada, &authorize, "/acme/settings").await;
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
}

#[tokio::test]
async fn a_context_class_is_asked_for_and_seen_by_saml() {
    let scene = TestApp::of(by_saml()).await;
    let (app, ada) = (app(&scene, strong()), scene.who("ada"));
    // An ordinary SSO login has the class that the provider gives by itself.
    scene.log_in(&ada, "1").await;
    let challenged = async || follows(&scene, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let authorize = challenged().await;
    let asked = carried(&authorize, "SAMLRequest").0;
    assert!(asked.contains("RequestedAuthnContext") && asked.contains(MFA), "{asked}");
    scene.acme.lie(SamlLie::text("AuthnContextClassRef", "urn:example:pwd").into());
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, ContextClassWrong).await;
    scene.acme.honest();
    let authorize = challenged().await;
    goes_round(&scene, &ada, &authorize, "/by-hand/1").await;
    assert_eq!(text(visits(&app, &ada, "/by-hand/1").await).await, "fresh ada");
}

#[tokio::test]
async fn a_provider_that_has_no_such_context_class_says_so_by_saml() {
    // Its twin above has it.
    let scene = TestApp::of(Plan { provider: |builder| builder, ..by_saml() }).await;
    let (app, ada) = (app(&scene, strong()), scene.who("ada"));
    let challenge = visits(&app, &ada, "/by-hand/1").await;
    let authorize = follows(&scene, &ada, challenge).await;
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, SamlStatusFailed).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}
