//! A handler requires a more recent SSO login or another authentication context class, and gets exactly that.

use std::time::Duration;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, request::Parts};
use serde_json::Value;
use tower::ServiceExt as _;
use tower_sso::{
    ConfigError, OrgId, Sso, SsoPass, StepUp,
    login::LoginErrorKind::{AuthTimeMissing, ContextClassWrong, Loop, RequestInvalid},
};
use tower_sso_test_idp::Oddity;

use crate::{
    support::{header, request, text},
    test_app::{Actor, TestApp, TestConfig},
};

pub const MFA: &str = "urn:example:mfa";

pub fn recent() -> StepUp {
    StepUp::new().within(Duration::from_secs(300)).unwrap()
}

pub fn strong() -> StepUp {
    StepUp::new().context_class(MFA).unwrap()
}

async fn by_hand(
    State((sso, asked)): State<(Sso, StepUp)>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<String, Response> {
    let pass = sso.step_up(&parts, &OrgId::new(id), &asked).await.map_err(IntoResponse::into_response)?;
    Ok(said(&pass))
}

fn said(pass: &SsoPass) -> String {
    match pass {
        SsoPass::Fresh(proof) => format!("fresh {}", proof.session().account),
        other => format!("{other:?}"),
    }
}

/// Returns an app with a handler and a route that require this step-up.
pub fn app(test_app: &TestApp, asked: StepUp) -> Router {
    let sso = &test_app.sso;
    let by_route = Router::new()
        .route("/{org}/settings", get(|pass: SsoPass| async move { said(&pass) }))
        .route_layer(sso.step_up_layer(asked.clone()))
        .layer(sso.layer())
        .with_state(sso.clone());
    Router::new().route("/by-hand/{id}", get(by_hand)).with_state((sso.clone(), asked)).merge(by_route)
}

const NAVIGATION: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

pub async fn visits(app: &Router, who: &Actor, path: &str) -> Response {
    let account = who.account.as_deref().unwrap();
    let headers = [&NAVIGATION[..], &[("x-account", account), ("x-credential", &who.credential)]].concat();
    app.clone().oneshot(request("GET", path, &headers)).await.unwrap()
}

/// Follows a challenge to the provider and returns the address there.
pub async fn follows(test_app: &TestApp, who: &Actor, challenge: Response) -> String {
    let start = test_app.location(challenge).await;
    let page = text(test_app.visit(who, &start).await).await;
    let query = start.split_once('?').unwrap().1;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        assert!(page.contains(&field), "{field} in {page}");
    }
    let begun = test_app.post(who, "/sso/1/begin", &[("origin", &test_app.base)], query.to_owned()).await;
    test_app.to_provider(begun).await
}

fn with_classes() -> TestConfig {
    TestConfig { provider: |builder| builder.acr_values([MFA]), ..TestConfig::default() }
}

#[tokio::test]
async fn a_handler_and_a_route_can_require_a_recent_login() {
    let test_app = TestApp::new().await;
    let (app, ada) = (app(&test_app, recent()), test_app.actor("ada"));
    test_app.log_in(&ada, "1").await;
    for path in ["/by-hand/1", "/acme/settings"] {
        assert_eq!(text(visits(&app, &ada, path).await).await, "fresh ada", "{path}");
    }
    // Six minutes later the session is still valid, but it is not recent enough.
    test_app.clock.seconds(360);
    assert!(test_app.is_logged_in(&ada, "1").await);
    for path in ["/by-hand/1", "/acme/settings"] {
        let challenge = visits(&app, &ada, path).await;
        let start =
            format!("{}/sso/1/start?return_to={}&max_age=300", test_app.base, path.replace('/', "%2F"));
        assert_eq!(header(&challenge, "location"), start);
    }
    let authorize = follows(&test_app, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    assert!(authorize.contains("max_age=240"), "{authorize}");
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    let received = test_app.visit(&ada, &callback).await;
    let finish = test_app.location(received).await;
    let finished = test_app.visit(&ada, &finish).await;
    assert_eq!(test_app.location(finished).await, test_app.url("/by-hand/1"));
    assert_eq!(text(visits(&app, &ada, "/by-hand/1").await).await, "fresh ada");
}

#[tokio::test]
async fn a_handler_can_require_another_context_class_right_after_a_login() {
    let test_app = TestApp::of(with_classes()).await;
    let (app, ada) = (app(&test_app, strong()), test_app.actor("ada"));
    test_app.log_in(&ada, "1").await;
    // This is not a loop, although the previous SSO login returned a moment ago.
    let authorize = follows(&test_app, &ada, visits(&app, &ada, "/acme/settings").await).await;
    assert!(authorize.contains("acr_values=urn%3Aexample%3Amfa"), "{authorize}");
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    let received = test_app.visit(&ada, &callback).await;
    let finish = test_app.location(received).await;
    let finished = test_app.visit(&ada, &finish).await;
    assert_eq!(test_app.location(finished).await, test_app.url("/acme/settings"));
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
}

#[tokio::test]
async fn a_provider_that_returns_another_context_class_is_refused() {
    // This provider knows no context class. The accepted counterpart is the test above.
    let test_app = TestApp::new().await;
    let (app, ada) = (app(&test_app, strong()), test_app.actor("ada"));
    let authorize = follows(&test_app, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    test_app.refused(test_app.visit(&ada, &callback).await, ContextClassWrong).await;
    assert!(!test_app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn an_address_cannot_ask_for_less_than_the_connection_requires() {
    let config = TestConfig {
        provider: |builder| builder.acr_values([MFA, "urn:example:pwd"]),
        oidc: |settings| settings.acr_values([MFA]),
        ..TestConfig::default()
    };
    let test_app = TestApp::of(config).await;
    let ada = test_app.actor("ada");
    let origin = [("origin", test_app.base.as_str())];
    let weaker = "return_to=%2Fx&acr_values=urn%3Aexample%3Apwd";
    let begun = test_app.post(&ada, "/sso/1/begin", &origin, weaker).await;
    test_app.refused(begun, ContextClassWrong).await;
    let both = "return_to=%2Fx&acr_values=urn%3Aexample%3Apwd+urn%3Aexample%3Amfa";
    let begun = test_app.post(&ada, "/sso/1/begin", &origin, both).await;
    let authorize = test_app.to_provider(begun).await;
    assert!(authorize.contains("acr_values=urn%3Aexample%3Amfa&"), "{authorize}");
}

#[tokio::test]
async fn a_missing_auth_time_is_refused_if_a_recent_login_was_required() {
    // The provider of the first test, the accepted counterpart, sends `auth_time`.
    let config =
        TestConfig { provider: |builder| builder.oddity(Oddity::NoAuthTime), ..TestConfig::default() };
    let test_app = TestApp::of(config).await;
    let (app, ada) = (app(&test_app, recent()), test_app.actor("ada"));
    test_app.log_in(&ada, "1").await;
    // The SSO login happened this very moment, but the provider may have authenticated the user days ago.
    let authorize = follows(&test_app, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let callback = test_app.signed_in(&ada, "1", &authorize).await;
    test_app.refused(test_app.visit(&ada, &callback).await, AuthTimeMissing).await;
}

/// Logs in with SSO from a page that requires a recent login.
async fn logs_in_recently(test_app: &TestApp, who: &Actor) {
    let form = "return_to=%2Fx&max_age=300";
    let begun = test_app.post(who, "/sso/1/begin", &[("origin", &test_app.base)], form).await;
    let authorize = test_app.to_provider(begun).await;
    let callback = test_app.signed_in(who, "1", &authorize).await;
    let received = test_app.visit(who, &callback).await;
    let finish = test_app.location(received).await;
    let finished = test_app.visit(who, &finish).await;
    assert_eq!(test_app.location(finished).await, test_app.url("/x"));
    test_app.count_finished();
}

#[tokio::test]
async fn a_step_up_that_is_never_met_ends_on_an_error_page() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    logs_in_recently(&test_app, &ada).await;
    // A start without the step-up at the same page is not a loop. The same step-up again is.
    assert_eq!(test_app.visit(&ada, "/sso/1/start?return_to=%2Fx").await.status(), StatusCode::OK);
    logs_in_recently(&test_app, &ada).await;
    test_app.refused(test_app.visit(&ada, "/sso/1/start?return_to=%2Fx&max_age=300").await, Loop).await;
}

#[tokio::test]
async fn an_unreadable_step_up_is_refused() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    for query in ["max_age=0", "max_age=x", "max_age=300&max_age=300", "acr_values="] {
        test_app.refused(test_app.visit(&ada, &format!("/sso/1/start?{query}")).await, RequestInvalid).await;
        let begun =
            test_app.post(&ada, "/sso/1/begin", &[("origin", &test_app.base)], query.to_owned()).await;
        test_app.refused(begun, RequestInvalid).await;
    }
    assert_eq!(test_app.visit(&ada, "/sso/1/start?max_age=300").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_challenge_of_a_bearer_token_names_the_required_login() -> Result<(), ConfigError> {
    let test_app = TestApp::new().await;
    let asked = recent().context_class(MFA)?;
    let headers = [("x-account", "ada"), ("authorization", "Bearer t")];
    let challenge = app(&test_app, asked).oneshot(request("GET", "/by-hand/1", &headers)).await.unwrap();
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED);
    let says = header(&challenge, "www-authenticate").to_owned();
    for part in
        ["error=\"insufficient_user_authentication\"", "max_age=\"300\"", "acr_values=\"urn:example:mfa\""]
    {
        assert!(says.contains(part), "{part} in {says}");
    }
    let problem: Value = serde_json::from_str(&text(challenge).await).unwrap();
    assert_eq!(problem["reason"], "no_session");
    assert!(
        problem["sso_url"].as_str().unwrap().ends_with("start?max_age=300&acr_values=urn%3Aexample%3Amfa")
    );
    Ok(())
}

#[tokio::test]
async fn a_step_up_passes_those_who_need_no_session_and_needs_the_layer() {
    let test_app = TestApp::new().await;
    let app = app(&test_app, recent());
    for (who, path, says) in [
        ("mallory", "/by-hand/1", "NotRequired(NonMember)"),
        ("mallory", "/acme/settings", "NotRequired(NonMember)"),
        ("eve", "/acme/settings", "NotRequired(ExternalCollaborator)"),
        ("ada", "/nobody/settings", "NotRequired(UnknownOrganization)"),
    ] {
        let response = visits(&app, &test_app.actor(who), path).await;
        assert_eq!(text(response).await, says, "{who} {path}");
    }
    let nobody = app.clone().oneshot(request("GET", "/acme/settings", &[])).await.unwrap();
    assert_eq!(text(nobody).await, "NotRequired(Anonymous)");
    let alone = Router::new()
        .route("/{org}/settings", get(|| async { "handled" }))
        .route_layer(test_app.sso.step_up_layer(recent()));
    let response = visits(&alone, &test_app.actor("ada"), "/acme/settings").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let response = alone.oneshot(request("GET", "/acme/settings", &[])).await.unwrap();
    assert_eq!(text(response).await, "handled");
}
