//! Style sheets and the mark.

use axum::response::IntoResponse;
use http::header;

pub(super) async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../style.css"))
}

/// What dresses the crate's SSO pages in the hub's colors.
pub(super) async fn sso_style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("../sso.css"))
}

pub(super) async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../mark.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=300")], text)
}
