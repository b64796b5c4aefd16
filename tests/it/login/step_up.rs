//! A handler asks for a more recent SSO login, or for another way of logging in with SSO, and gets exactly that.

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
    scene::{Plan, TestApp, Who},
    support::{header, request, text},
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

/// A handler that asks, and a route that does.
pub fn app(scene: &TestApp, asked: StepUp) -> Router {
    let sso = &scene.sso;
    let by_route = Router::new()
        .route("/{org}/settings", get(|pass: SsoPass| async move { said(&pass) }))
        .route_layer(sso.step_up_layer(asked.clone()))
        .layer(sso.layer())
        .with_state(sso.clone());
    Router::new().route("/by-hand/{id}", get(by_hand)).with_state((sso.clone(), asked)).merge(by_route)
}

const NAVIGATION: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

pub async fn visits(app: &Router, who: &Who, path: &str) -> Response {
    let account = who.account.as_deref().unwrap();
    let headers = [&NAVIGATION[..], &[("x-account", account), ("x-credential", &who.credential)]].concat();
    app.clone().oneshot(request("GET", path, &headers)).await.unwrap()
}

/// Follows a challenge to the provider; answers with the address there.
pub async fn follows(scene: &TestApp, who: &Who, challenge: Response) -> String {
    let start = scene.location(challenge).await;
    let page = text(scene.visit(who, &start).await).await;
    let query = start.split_once('?').unwrap().1;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        assert!(page.contains(&field), "{field} in {page}");
    }
    let begun = scene.post(who, "/sso/1/begin", &[("origin", &scene.base)], query.to_owned()).await;
    scene.to_provider(begun).await
}

fn with_classes() -> Plan {
    Plan { provider: |builder| builder.acr_values([MFA]), ..Plan::default() }
}

#[tokio::test]
async fn a_handler_and_a_route_that_want_a_recent_login_get_one() {
    let scene = TestApp::new().await;
    let (app, ada) = (app(&scene, recent()), scene.who("ada"));
    scene.log_in(&ada, "1").await;
    for path in ["/by-hand/1", "/acme/settings"] {
        assert_eq!(text(visits(&app, &ada, path).await).await, "fresh ada", "{path}");
    }
    // Six minutes on: the session is fresh as ever, and not enough.
    scene.hands.seconds(360);
    assert!(scene.is_logged_in(&ada, "1").await);
    for path in ["/by-hand/1", "/acme/settings"] {
        let challenge = visits(&app, &ada, path).await;
        let start = format!("{}/sso/1/start?return_to={}&max_age=300", scene.base, path.replace('/', "%2F"));
        assert_eq!(header(&challenge, "location"), start);
    }
    let authorize = follows(&scene, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    assert!(authorize.contains("max_age=240"), "{authorize}");
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    let received = scene.visit(&ada, &callback).await;
    let finish = scene.location(received).await;
    let finished = scene.visit(&ada, &finish).await;
    assert_eq!(scene.location(finished).await, scene.url("/by-hand/1"));
    assert_eq!(text(visits(&app, &ada, "/by-hand/1").await).await, "fresh ada");
}

#[tokio::test]
async fn a_handler_that_wants_another_way_of_logging_in_gets_it_right_after_an_ordinary_one() {
    let scene = TestApp::of(with_classes()).await;
    let (app, ada) = (app(&scene, strong()), scene.who("ada"));
    scene.log_in(&ada, "1").await;
    // Not a loop, although the SSO login before it came back a moment ago.
    let authorize = follows(&scene, &ada, visits(&app, &ada, "/acme/settings").await).await;
    assert!(authorize.contains("acr_values=urn%3Aexample%3Amfa"), "{authorize}");
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    let received = scene.visit(&ada, &callback).await;
    let finish = scene.location(received).await;
    let finished = scene.visit(&ada, &finish).await;
    assert_eq!(scene.location(finished).await, scene.url("/acme/settings"));
    assert_eq!(text(visits(&app, &ada, "/acme/settings").await).await, "fresh ada");
}

#[tokio::test]
async fn a_provider_that_gives_another_context_class_than_asked_for_is_refused() {
    // This one knows no class at all; its twin above does.
    let scene = TestApp::new().await;
    let (app, ada) = (app(&scene, strong()), scene.who("ada"));
    let authorize = follows(&scene, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, ContextClassWrong).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn an_address_that_asks_for_less_than_the_connection_does_not_get_around_it() {
    let plan = Plan {
        provider: |builder| builder.acr_values([MFA, "urn:example:pwd"]),
        oidc: |settings| settings.acr_values([MFA]),
        ..Plan::default()
    };
    let scene = TestApp::of(plan).await;
    let ada = scene.who("ada");
    let origin = [("origin", scene.base.as_str())];
    let weaker = "return_to=%2Fx&acr_values=urn%3Aexample%3Apwd";
    let begun = scene.post(&ada, "/sso/1/begin", &origin, weaker).await;
    scene.refused(begun, ContextClassWrong).await;
    let both = "return_to=%2Fx&acr_values=urn%3Aexample%3Apwd+urn%3Aexample%3Amfa";
    let begun = scene.post(&ada, "/sso/1/begin", &origin, both).await;
    let authorize = scene.to_provider(begun).await;
    assert!(authorize.contains("acr_values=urn%3Aexample%3Amfa&"), "{authorize}");
}

#[tokio::test]
async fn a_provider_that_does_not_say_when_the_user_logged_in_is_refused_where_that_was_asked() {
    // Its twin, the first test, says when.
    let plan = Plan { provider: |builder| builder.oddity(Oddity::NoAuthTime), ..Plan::default() };
    let scene = TestApp::of(plan).await;
    let (app, ada) = (app(&scene, recent()), scene.who("ada"));
    scene.log_in(&ada, "1").await;
    // Logged in with SSO this very moment, as far as we saw: the provider may have seen the user days ago.
    let authorize = follows(&scene, &ada, visits(&app, &ada, "/by-hand/1").await).await;
    let callback = scene.signed_in(&ada, "1", &authorize).await;
    scene.refused(scene.visit(&ada, &callback).await, AuthTimeMissing).await;
}

/// An SSO login from a page that asks for a recent one.
async fn logs_in_recently(scene: &TestApp, who: &Who) {
    let form = "return_to=%2Fx&max_age=300";
    let begun = scene.post(who, "/sso/1/begin", &[("origin", &scene.base)], form).await;
    let authorize = scene.to_provider(begun).await;
    let callback = scene.signed_in(who, "1", &authorize).await;
    let received = scene.visit(who, &callback).await;
    let finish = scene.location(received).await;
    let finished = scene.visit(who, &finish).await;
    assert_eq!(scene.location(finished).await, scene.url("/x"));
    scene.count_finished();
}

#[tokio::test]
async fn a_wish_that_is_never_met_ends_on_a_page_that_says_so() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    logs_in_recently(&scene, &ada).await;
    // Asked for something else at the same place, it is no loop; the same again is.
    assert_eq!(scene.visit(&ada, "/sso/1/start?return_to=%2Fx").await.status(), StatusCode::OK);
    logs_in_recently(&scene, &ada).await;
    scene.refused(scene.visit(&ada, "/sso/1/start?return_to=%2Fx&max_age=300").await, Loop).await;
}

#[tokio::test]
async fn a_wish_that_cannot_be_read_is_refused() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    for query in ["max_age=0", "max_age=x", "max_age=300&max_age=300", "acr_values="] {
        scene.refused(scene.visit(&ada, &format!("/sso/1/start?{query}")).await, RequestInvalid).await;
        let begun = scene.post(&ada, "/sso/1/begin", &[("origin", &scene.base)], query.to_owned()).await;
        scene.refused(begun, RequestInvalid).await;
    }
    assert_eq!(scene.visit(&ada, "/sso/1/start?max_age=300").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_bearer_token_is_told_what_login_would_help() -> Result<(), ConfigError> {
    let scene = TestApp::new().await;
    let asked = recent().context_class(MFA)?;
    let headers = [("x-account", "ada"), ("authorization", "Bearer t")];
    let challenge = app(&scene, asked).oneshot(request("GET", "/by-hand/1", &headers)).await.unwrap();
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
async fn who_needs_no_sso_session_there_passes_and_a_route_that_the_layer_has_not_seen_is_loud() {
    let scene = TestApp::new().await;
    let app = app(&scene, recent());
    for (who, path, says) in [
        ("mallory", "/by-hand/1", "NotRequired(NonMember)"),
        ("mallory", "/acme/settings", "NotRequired(NonMember)"),
        ("eve", "/acme/settings", "NotRequired(ExternalCollaborator)"),
        ("ada", "/nobody/settings", "NotRequired(UnknownOrganization)"),
    ] {
        let response = visits(&app, &scene.who(who), path).await;
        assert_eq!(text(response).await, says, "{who} {path}");
    }
    let nobody = app.clone().oneshot(request("GET", "/acme/settings", &[])).await.unwrap();
    assert_eq!(text(nobody).await, "NotRequired(Anonymous)");
    let alone = Router::new()
        .route("/{org}/settings", get(|| async { "handled" }))
        .route_layer(scene.sso.step_up_layer(recent()));
    let response = visits(&alone, &scene.who("ada"), "/acme/settings").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let response = alone.oneshot(request("GET", "/acme/settings", &[])).await.unwrap();
    assert_eq!(text(response).await, "handled");
}
