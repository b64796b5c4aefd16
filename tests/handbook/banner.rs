//! The code of `docs/banner.md`.

mod page {
    // [page]

    use axum::{
        http::request::Parts,
        response::{Html, IntoResponse, Response},
    };
    use tower_sso::{OrgId, Sso};

    /// Any page of the app: `mine` are the viewer's organizations.
    async fn page(sso: Sso, parts: Parts, mine: Vec<OrgId>) -> Result<Html<String>, Response> {
        let pending = sso.pending(&parts, mine).await.map_err(IntoResponse::into_response)?;
        let banner = sso.banner(&parts, &pending).unwrap_or_default();
        Ok(Html(format!("<!doctype html><title>Hub</title>{banner}<main>…</main>")))
    }

    // [/page]
}
