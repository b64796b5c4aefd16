//! Places where the layer could not see the organization. Each fails loudly, and the correct placement next to it
//! works.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    extract::State,
    response::IntoResponse as _,
    routing::{any_service, get},
};
use http::StatusCode;
use tower::{Layer as _, ServiceBuilder, ServiceExt as _};
use tower_sso::{Sso, SsoPass, StepUp};

use crate::support::{World, request, text};

/// An app whose handler counts its calls, and the counter.
#[derive(Clone)]
struct App {
    world: World,
    sso: Sso,
    handled: Arc<AtomicUsize>,
}

impl App {
    fn new() -> Self {
        let world = World::new();
        Self { sso: world.sso(), world, handled: Arc::default() }
    }

    /// Returns a router with one route under an organization.
    fn routes(&self, path: &str) -> Router {
        let handled = Arc::clone(&self.handled);
        Router::new().route(
            path,
            get(move || async move {
                handled.fetch_add(1, Ordering::SeqCst);
                "handled"
            }),
        )
    }

    /// Asserts which status a member without an SSO session gets, that the handler was not called, and what was
    /// audited.
    async fn meets<S>(&self, service: S, path: &str, status: StatusCode)
    where
        S: tower::Service<http::Request<axum::body::Body>, Response = axum::response::Response>,
        S::Error: std::fmt::Debug,
    {
        let response = service.oneshot(request("GET", path, &[("x-account", "ada")])).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(self.handled.load(Ordering::SeqCst), 0, "the handler was called");
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            assert!(text(response).await.contains("namespace_unknown"));
            assert_eq!(self.world.actions(), ["layer.misplaced"]);
        }
    }
}

#[tokio::test]
async fn a_route_under_the_layer_is_checked() {
    let app = App::new();
    app.meets(app.routes("/{org}/x").layer(app.sso.layer()), "/acme/x", StatusCode::UNAUTHORIZED).await;
    app.meets(app.routes("/{org}/x").route_layer(app.sso.layer()), "/acme/x", StatusCode::UNAUTHORIZED).await;
    let nested = Router::new().nest("/{org}", app.routes("/x")).layer(app.sso.layer());
    app.meets(nested, "/acme/x", StatusCode::UNAUTHORIZED).await;
    let inside = Router::new().nest("/{org}", app.routes("/x").layer(app.sso.layer()));
    app.meets(inside, "/acme/x", StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn a_router_nested_as_a_service_is_answered_with_500() {
    let app = App::new();
    let nested = Router::new().nest_service("/o", app.routes("/{org}/x")).layer(app.sso.layer());
    app.meets(nested, "/o/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
    let captured = App::new();
    let nested = Router::new().nest_service("/{org}", captured.routes("/x")).layer(captured.sso.layer());
    captured.meets(nested, "/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn a_router_as_a_fallback_service_is_answered_with_500() {
    let app = App::new();
    let router = Router::new().fallback_service(app.routes("/{org}/x")).layer(app.sso.layer());
    app.meets(router, "/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn a_fallback_handler_is_answered_with_500() {
    let app = App::new();
    let router = Router::new().fallback(|| async { "handled" }).layer(app.sso.layer());
    app.meets(router, "/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
    // A 404 fallback that is added after the layer is outside the layer.
    let after = Router::new().layer(app.sso.layer()).fallback(|| async { StatusCode::NOT_FOUND });
    app.meets(after, "/acme/x", StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn a_doubly_nested_parameter_is_answered_with_500() {
    let app = App::new();
    let router = Router::new().nest("/{org}", app.routes("/r/{org}")).layer(app.sso.layer());
    app.meets(router, "/umbrella/r/acme", StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn a_router_inside_a_route_of_another_is_answered_with_500() {
    let app = App::new();
    let inner = app.routes("/{org}/x").layer(app.sso.layer());
    let router = Router::new().route("/{org}/x", any_service(inner));
    app.meets(router, "/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn a_layer_around_a_whole_router_is_answered_with_500() {
    let app = App::new();
    let service = ServiceBuilder::new().layer(app.sso.layer()).service(app.routes("/{org}/x"));
    app.meets(service, "/acme/x", StatusCode::INTERNAL_SERVER_ERROR).await;
}

#[tokio::test]
async fn a_declared_mount_passes_and_a_path_that_leaves_it_does_not() {
    let world = World::new();
    let sso = world.builder().without_organization("/assets/").build().unwrap();
    let assets = Router::new().route("/logo.svg", get(|| async { "logo" })).fallback(|| async { "other" });
    let router: Router = Router::new().nest_service("/assets", assets).layer(sso.layer());
    for (path, status) in [
        ("/assets/logo.svg", StatusCode::OK),
        ("/assets/a/b", StatusCode::OK),
        ("/assets/../acme/x", StatusCode::INTERNAL_SERVER_ERROR),
        ("/assets/%2e%2e/acme/x", StatusCode::INTERNAL_SERVER_ERROR),
        ("/assets//acme", StatusCode::INTERNAL_SERVER_ERROR),
        ("/assets2", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let response = router.clone().oneshot(request("GET", path, &[("x-account", "ada")])).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test]
async fn a_route_added_after_the_layer_is_500_if_it_extracts_the_pass() {
    let app = App::new();
    let handled = Arc::clone(&app.handled);
    let handler = move |pass: SsoPass| async move {
        handled.fetch_add(1, Ordering::SeqCst);
        format!("{pass:?}")
    };
    let after: Router = Router::new()
        .layer(app.sso.layer())
        .route("/{org}/x", get(handler.clone()))
        .with_state(app.sso.clone());
    let response = after.clone().oneshot(request("GET", "/acme/x", &[("x-account", "ada")])).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!((app.handled.load(Ordering::SeqCst), app.world.actions()), (0, vec!["layer.misplaced"]));
    // The same route under the layer, requested by a visitor who is not signed in.
    let below: Router =
        Router::new().route("/{org}/x", get(handler)).layer(app.sso.layer()).with_state(app.sso.clone());
    let response = below.oneshot(request("GET", "/umbrella/x", &[("x-account", "ada")])).await.unwrap();
    assert_eq!(text(response).await, "NotRequired(NoConnection)");
    let response = after.oneshot(request("GET", "/acme/x", &[])).await.unwrap();
    assert_eq!(text(response).await, "NotRequired(Anonymous)");
}

#[tokio::test]
async fn an_app_whose_login_runs_inside_the_layer_is_answered_with_500() {
    let app = App::new();
    let router = app.routes("/{org}/x").layer(app.sso.layer());
    let response = router.clone().oneshot(request("GET", "/acme/x", &[("x-account", "!")])).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(response).await.contains("viewer_not_established"));
    assert_eq!(app.handled.load(Ordering::SeqCst), 0);
    let response = router.oneshot(request("GET", "/acme/x", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(app.handled.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_extractor_reads_the_handle_from_the_state() {
    async fn handler(State(_): State<Sso>, pass: SsoPass) -> String {
        format!("{pass:?}")
    }
    let app = App::new();
    let router: Router =
        Router::new().route("/{org}/x", get(handler)).layer(app.sso.layer()).with_state(app.sso.clone());
    let response =
        app.sso.layer().layer(router.clone()).oneshot(request("GET", "/acme/x", &[])).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "the layer is around the whole router");
    let response = router.oneshot(request("GET", "/initech/x", &[("x-account", "ada")])).await.unwrap();
    assert_eq!(text(response).await, "Offered(Optional)");
}

/// A service that is not ready until the test says so.
#[derive(Clone)]
struct Busy(Arc<AtomicUsize>);

impl tower::Service<http::Request<axum::body::Body>> for Busy {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self.0.load(Ordering::SeqCst) {
            0 => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, _: http::Request<axum::body::Body>) -> Self::Future {
        std::future::ready(Ok("handled".into_response()))
    }
}

#[test]
fn a_layer_is_ready_when_its_inner_service_is() {
    fn is_ready<S: tower::Service<http::Request<axum::body::Body>>>(service: &mut S) -> bool {
        service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready()
    }
    let (world, told) = (World::new(), Arc::new(AtomicUsize::new(0)));
    let sso = world.sso();
    let (mut layer, mut step_up) =
        (sso.layer().layer(Busy(told.clone())), sso.step_up_layer(StepUp::new()).layer(Busy(told.clone())));
    assert_eq!((is_ready(&mut layer), is_ready(&mut step_up)), (false, false));
    told.store(1, Ordering::SeqCst);
    assert_eq!((is_ready(&mut layer), is_ready(&mut step_up)), (true, true));
}
