//! What handlers extract beside the pass, in an app with a state of several parts.

use axum::{
    Extension, Json, Router,
    extract::{FromRef, Path, State},
    routing::{get as on_get, post},
};
use http::StatusCode;
use serde::Deserialize;
use tower_sso::{Namespace, OrgId, Sso, SsoPass};

use crate::support::{World, ask, get};

#[derive(Clone)]
struct AppState {
    sso: Sso,
    greeting: &'static str,
}

impl FromRef<AppState> for Sso {
    fn from_ref(state: &AppState) -> Self {
        state.sso.clone()
    }
}

#[derive(Deserialize)]
struct Plan {
    name: String,
}

fn told(pass: &SsoPass) -> &'static str {
    match pass {
        SsoPass::NotRequired(_) => "not required",
        SsoPass::Offered(_) => "offered",
        SsoPass::Fresh(_) => "fresh",
    }
}

async fn pass_first(pass: SsoPass, State(state): State<AppState>, Extension(id): Extension<OrgId>) -> String {
    format!("{} {id}: {}", state.greeting, told(&pass))
}

async fn pass_last(State(state): State<AppState>, Extension(id): Extension<OrgId>, pass: SsoPass) -> String {
    format!("{} {id}: {}", state.greeting, told(&pass))
}

/// The body comes last, as with any other extractor.
async fn with_body(
    Path((_, repository)): Path<(String, String)>,
    pass: SsoPass,
    State(state): State<AppState>,
    Json(plan): Json<Plan>,
) -> String {
    format!("{} {repository} {}: {}", state.greeting, plan.name, told(&pass))
}

fn app(world: &World) -> Router {
    let names = Namespace::router_params(["org", "organization"]).unwrap();
    let sso = world.builder().namespace(names).build().unwrap();
    let routes = Router::new()
        .route("/{org}/first", on_get(pass_first))
        .route("/teams/{team}/of/{organization}", on_get(pass_last))
        .route("/{org}/{repository}/plans", post(with_body));
    sso.guard(routes).with_state(AppState { sso: sso.clone(), greeting: "hello" })
}

#[tokio::test]
async fn the_pass_the_organization_and_the_state_are_extracted_in_any_order() {
    let world = World::new();
    let app = app(&world);
    for path in ["/acme/first", "/teams/x/of/acme"] {
        assert_eq!(ask(&app, get(path, Some("ada"))).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    world.log_in().await;
    for path in ["/acme/first", "/teams/x/of/acme"] {
        let expected = (StatusCode::OK, "hello 1: fresh".to_owned());
        assert_eq!(ask(&app, get(path, Some("ada"))).await, expected, "{path}");
        let expected = (StatusCode::OK, "hello 1: not required".to_owned());
        assert_eq!(ask(&app, get(path, Some("bob"))).await, expected, "{path}");
    }
    let expected = (StatusCode::OK, "hello 2: offered".to_owned());
    assert_eq!(ask(&app, get("/initech/first", Some("ada"))).await, expected);
    // Nobody is signed in: the layer looks up nothing, so there is no organization to extract.
    assert_eq!(ask(&app, get("/acme/first", None)).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn the_pass_is_extracted_before_the_body() {
    let world = World::new();
    let app = app(&world);
    let plan = || {
        let mut request = get("/acme/hub/plans", Some("ada")).map(|_| r#"{"name":"roadmap"}"#.into());
        *request.method_mut() = http::Method::POST;
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        request
    };
    assert_eq!(ask(&app, plan()).await.0, StatusCode::UNAUTHORIZED);
    world.log_in().await;
    assert_eq!(ask(&app, plan()).await, (StatusCode::OK, "hello hub roadmap: fresh".to_owned()));
}
