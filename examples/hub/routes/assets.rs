//! The style sheets and the logo.

use axum::response::IntoResponse;
use http::header;

pub(super) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../style.css"))
}

/// The style sheet that gives tower-sso's pages the colors of the hub.
pub(super) async fn sso_style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../sso.css"))
}

pub(super) async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../mark.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], text)
}
