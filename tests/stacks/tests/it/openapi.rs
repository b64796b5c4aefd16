//! Apps that describe themselves with utoipa-axum and with aide.

use axum::{Router, body::Body};
use http::StatusCode;
use serde_json::Value;
use tower_sso::Sso;

use crate::support::{World, ask, get};

/// The same app, written with utoipa-axum.
mod with_utoipa {
    // [utoipa]
    use axum::{Extension, Json, Router};
    use tower_sso::{OrgId, Sso};
    use utoipa_axum::{router::OpenApiRouter, routes};

    #[utoipa::path(get, path = "/{org}/plans", params(("org" = String, Path)), responses((status = OK)))]
    async fn plans(organization: Option<Extension<OrgId>>) -> String {
        match organization {
            Some(Extension(organization)) => format!("the plans of {organization}"),
            None => "nobody is signed in".to_owned(),
        }
    }

    pub fn app(sso: &Sso) -> Router {
        let (routes, api) = OpenApiRouter::new().routes(routes!(plans)).split_for_parts();
        // A static route: it belongs to no organization.
        let docs = axum::routing::get(move || async move { Json(api) });
        sso.guard(routes.route("/openapi.json", docs)) // after this, add only the app's own authentication
    }
    // [/utoipa]
}

/// The same app, written with aide.
mod with_aide {
    // [aide]
    use aide::{
        axum::{ApiRouter, routing::get},
        openapi::OpenApi,
    };
    use axum::{Extension, Json, Router, extract::Path};
    use tower_sso::{OrgId, Sso};

    async fn plans(organization: Option<Extension<OrgId>>, Path(_): Path<String>) -> String {
        match organization {
            Some(Extension(organization)) => format!("the plans of {organization}"),
            None => "nobody is signed in".to_owned(),
        }
    }

    pub fn app(sso: &Sso) -> Router {
        let mut api = OpenApi::default();
        let routes = ApiRouter::new().api_route("/{org}/plans", get(plans)).finish_api(&mut api);
        // A static route: it belongs to no organization.
        let docs = axum::routing::get(move || async move { Json(api) });
        sso.guard(routes.route("/openapi.json", docs)) // after this, add only the app's own authentication
    }
    // [/aide]
}

/// Checks what every such app does.
async fn is_guarded(world: &World, sso: &Sso, app: Router) {
    let mut page = get("/acme/plans", Some("ada"));
    page.headers_mut().insert("accept", "text/html".parse().unwrap());
    let response = tower::ServiceExt::<http::Request<Body>>::oneshot(app.clone(), page).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "https://hub.example/sso/1/start?return_to=%2Facme%2Fplans");
    assert_eq!(ask(&app, get("/acme/plans", Some("ada"))).await.0, StatusCode::UNAUTHORIZED);
    let passed = (StatusCode::OK, "the plans of 1".to_owned());
    assert_eq!(ask(&app, get("/acme/plans", Some("bob"))).await, passed, "not a member");
    let anonymous = (StatusCode::OK, "nobody is signed in".to_owned());
    assert_eq!(ask(&app, get("/acme/plans", None)).await, anonymous);
    world.log_in().await;
    assert_eq!(ask(&app, get("/acme/plans", Some("ada"))).await, passed, "a member with an SSO session");

    for account in [None, Some("ada")] {
        let (status, document) = ask(&app, get("/openapi.json", account)).await;
        assert_eq!(status, StatusCode::OK, "{account:?}");
        let document: Value = serde_json::from_str(&document).unwrap();
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.keys().collect::<Vec<_>>(), ["/{org}/plans"], "{account:?}");
    }
    assert_eq!(sso.static_routes(), ["/openapi.json"]);
}

#[tokio::test]
async fn an_app_with_utoipa_axum_is_guarded_and_described() {
    let world = World::new();
    let sso = world.sso();
    is_guarded(&world, &sso, with_utoipa::app(&sso)).await;
}

#[tokio::test]
async fn an_app_with_aide_is_guarded_and_described() {
    let world = World::new();
    let sso = world.sso();
    is_guarded(&world, &sso, with_aide::app(&sso)).await;
}
