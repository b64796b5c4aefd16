//! The code of `docs/layer-order.md`.

use axum::{body::Body, http::request::Builder, response::Response, routing};
use tower::ServiceExt as _;

use crate::start::{directory::sso, viewer::login};

// [order]

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Request, StatusCode, header},
    middleware::map_request,
};
use tower_http::{
    compression::CompressionLayer, cors::CorsLayer, csrf::CsrfLayer, limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer, trace::TraceLayer,
};
use tower_sso::Sso;

/// In axum, the layer that is added last is the outermost: read from the bottom to the top to follow a request.
fn app(sso: &Sso, routes: Router) -> Router {
    // Inside: these see only what the layer lets through, and not the SSO pages.
    let routes = routes
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(10)))
        .layer(CsrfLayer::new());
    sso.guard(routes)
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is no such page.") })
        // Outside: these see every request. First of all, your own sessions and authentication.
        .layer(map_request(login))
        .layer(cors())
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
        .layer(RequestBodyLimitLayer::new(2 * 1024 * 1024))
        .layer(TraceLayer::new_for_http().make_span_with(span))
}

/// Only for scripts of another origin. They may read what a challenge says.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://app.hub.example"))
        .allow_credentials(true)
        .expose_headers([header::WWW_AUTHENTICATE, HeaderName::from_static("x-sso")])
}

/// The path alone: the query of an SSO page has the provider's code and state, tickets, and tokens of join links.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}

// [/order]

async fn answer(request: Builder) -> Response {
    let routes =
        Router::new().route("/{org}/plans", routing::get(|| async { "plans" }).post(|| async { "kept" }));
    app(&sso(), routes).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn get(path: &str) -> Builder {
    Request::get(path)
}

#[tokio::test]
async fn in_this_order_each_layer_does_its_part() {
    let challenge = answer(get("/acme/plans").header("origin", "https://app.hub.example")).await;
    assert_eq!(challenge.status(), StatusCode::UNAUTHORIZED, "the authentication runs before the layer");
    assert_eq!(challenge.headers()["access-control-allow-origin"], "https://app.hub.example");
    assert!(challenge.headers().contains_key("x-sso"));
    // A browser asks without cookies whether it may ask.
    let preflight = answer(
        Request::options("/acme/plans")
            .header("origin", "https://app.hub.example")
            .header("access-control-request-method", "GET"),
    );
    assert_eq!(preflight.await.status(), StatusCode::OK);
    assert_eq!(answer(get("/nowhere/at/all")).await.status(), StatusCode::NOT_FOUND);
    // A provider's answer comes from another site, and is not refused by the CSRF layer.
    let posted = |path: &str| Request::post(path).header("sec-fetch-site", "cross-site");
    assert_eq!(answer(posted("/sso/1/oidc/callback")).await.status(), StatusCode::BAD_REQUEST);
    let large = posted("/acme/plans").header("content-length", 3 * 1024 * 1024);
    assert_eq!(answer(large).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
