//! The routes of the SSO login: which handler answers which path.
//!
//! A handler reads the request, calls the step's function, and turns its result into a response: a page, a redirect, or
//! the page of a refusal. No rule of an SSO login is here.

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{header, request::Parts};

#[cfg(feature = "saml")]
use crate::login::saml_routes;
#[cfg(feature = "oidc")]
use crate::login::{
    initiate,
    receive::oidc::receive_oidc,
    request::{MAX_FORM_BYTES, form},
    respond::{refuse_answer, refuse_unmatched},
};
use crate::{
    audit::request::{ClientAddress, Network, with_request_context},
    error::kind::LoginErrorKind,
    login::{
        begin,
        dismiss_banner::dismiss_banner,
        failure::LoginFailure,
        finish,
        join::page as join,
        lookups,
        onward::{after_form, see_other, with_cookies},
        record::ticket_key,
        request::{ORGANIZATION, organization, own_form, query, ticket},
        respond::refuse_login,
        sign_in::{to_sign_in, without_viewer},
        start::start_page,
        start_params::StartParams,
        status,
        tokens::{change_token, tokens},
        tokens_json,
    },
    pages::{banner::STYLE as BANNER_STYLE, default::STYLE},
    state::Core,
};
use tower_sso_core::OrgId;

/// The headers of a style sheet.
const SHEET: [(header::HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];

/// Returns the SSO routes below the mount path.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(core: Arc<Core>) -> Router<S> {
    let mount = core.addresses.mount().to_owned();
    let page = |name: &str| format!("{mount}/{{{ORGANIZATION}}}/{name}");
    let router = Router::new()
        .route(&format!("{mount}/sso.css"), get(style))
        .route(&format!("{mount}/banner.css"), get(banner_style))
        .route(&page("later"), post(dismiss_banner))
        .route(&page("tokens"), get(tokens).post(change_token))
        .route(&page("tokens.json"), get(tokens_json::list).post(tokens_json::change))
        .route(&page("start"), get(start))
        .route(&page("begin"), post(begin))
        .route(&page("finish"), get(finish))
        .route(&page("join"), get(join::page).post(join::begin))
        .route(&page("join/finish"), get(join::finish))
        .route(&page("join/claim"), get(join::claim))
        .route(&page("status"), get(status));
    #[cfg(feature = "oidc")]
    let router = router
        .route(&page("oidc/callback"), get(callback_query).post(callback_form))
        .route(&page("oidc/initiate"), get(initiate::by_query).post(initiate::by_form));
    #[cfg(feature = "saml")]
    let router = saml_routes::add(router, page);
    router.layer(from_fn(observe)).with_state(core)
}

/// Adds the network of the client to every audit event of the request.
async fn observe(request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientAddress>();
    let network = address.map(|ClientAddress(address)| Network::of(*address));
    with_request_context(None, network, next.run(request)).await
}

async fn style() -> impl IntoResponse {
    (SHEET, STYLE)
}

async fn banner_style() -> impl IntoResponse {
    (SHEET, BANNER_STYLE)
}

async fn start(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let params = match StartParams::parse(&core.addresses, query(&parts)) {
        Ok(params) => params,
        Err(failure) => return refuse_login(&core, &organization, failure),
    };
    match start_page(&core, &parts, &organization, &params).await {
        Ok(response) => response,
        Err(failure) if failure.kind() == LoginErrorKind::NotSignedIn => {
            let start = params.start_page(&core.addresses, &organization);
            to_sign_in(&core, &organization, &start, Some(&params.return_to))
        }
        Err(failure) => refuse_login(&core, &organization, failure.returning_to(&params.return_to)),
    }
}

async fn begin(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let params = match own_form(&core, &parts, body).await {
        Ok(form) => StartParams::parse(&core.addresses, &form),
        Err(error) => Err(error.into()),
    };
    let params = match params {
        Ok(params) => params,
        Err(failure) => return refuse_login(&core, &organization, failure),
    };
    match begin::begin(&core, &parts, &organization, params).await {
        Ok((to, cookie)) => with_cookies(after_form(&core, to), cookie),
        Err(failure) => refuse_login(&core, &organization, failure),
    }
}

#[cfg(feature = "oidc")]
async fn callback_query(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    callback(&core, &organization(&params), query(&parts)).await
}

#[cfg(feature = "oidc")]
async fn callback_form(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), MAX_FORM_BYTES).await {
        Ok(form) => callback(&core, &organization, &form).await,
        Err(error) => refuse_unmatched(&core, &organization, error),
    }
}

#[cfg(feature = "oidc")]
async fn callback(core: &Core, organization: &OrgId, parameters: &[u8]) -> Response {
    match receive_oidc(core, organization, parameters).await {
        Ok(finish) => see_other(&finish),
        Err(failure) => refuse_answer(core, organization, failure),
    }
}

async fn finish(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let page = finish_page(&core, &parts, &organization).await;
    page.unwrap_or_else(|failure| refuse_login(&core, &organization, failure))
}

async fn finish_page(core: &Core, parts: &Parts, organization: &OrgId) -> Result<Response, LoginFailure> {
    let ticket = ticket(parts)?;
    match lookups::browser_viewer_if_any(core, parts).await? {
        Some(viewer) => {
            let back = finish::finish(core, organization, &viewer.signed_in, ticket_key(&ticket)).await?;
            Ok(see_other(&core.addresses.of_page(&back)))
        }
        None => Ok(without_viewer(core, parts, organization, "finish", &ticket)),
    }
}

async fn status(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    status::status(&core, (&parts).into(), &organization(&params)).await
}
