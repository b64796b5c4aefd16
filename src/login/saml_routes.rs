//! The SAML routes: the assertion consumer service (ACS), our metadata, the confirmation page, and single logout (SLO).
//!
//! A message from the provider is a cross-site request and has no viewer. Our own forms (confirm, logout) must come
//! from a page of this site.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use tower_sso_core::OrgId;
use tower_sso_saml::LogoutVia;

use crate::{
    connection::saml::addresses::sp_addresses,
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{
        confirm::ask_to_confirm,
        failure::LoginFailure,
        finish::finish,
        logout::{
            begun_here::begin_logout,
            from_provider::{receive_logout, saml_provider},
        },
        lookups,
        onward::{Onward, after_form, after_link, see_other, with_cookies},
        receive::saml::{Posted, receive_saml},
        record::confirmation_key,
        request::{form, organization, own_form, parameter, ticket},
        respond::{refuse_answer, refuse_login, refuse_unmatched},
        sign_in::without_viewer,
        start_params::parse_return_path,
    },
    return_to::ReturnTo,
    state::Core,
};

/// The maximum size of a posted response, in bytes: a response of 1 MiB, encoded as base64 and as a form.
const MAX_RESPONSE_BYTES: usize = 2 * 1024 * 1024;

/// Adds the SAML routes. `page` returns the path of one of an organization's pages.
pub(crate) fn add(router: Router<Arc<Core>>, page: impl Fn(&str) -> String) -> Router<Arc<Core>> {
    router
        .route(&page("saml/acs"), post(acs).fallback(not_posted))
        .route(&page("saml/metadata"), get(metadata))
        .route(&page("saml/confirm"), get(ask).post(confirm))
        .route(&page("saml/slo"), get(slo_by_query).post(slo_by_form))
        .route(&page("saml/logout"), post(logout))
}

async fn acs(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    let received = match posted(request).await {
        Ok(posted) => receive_saml(&core, &organization, &posted).await,
        Err(error) => Err(error.into()),
    };
    match received {
        Ok(next) => see_other(&next),
        Err(failure) => refuse_answer(&core, &organization, failure),
    }
}

/// Reads the fields of the form (SAML bindings §3.5.4). Other fields are ignored.
async fn posted(request: Request) -> Result<Posted, LoginError> {
    let form = form(request.into_body(), MAX_RESPONSE_BYTES).await?;
    let missing = || LoginError::with(LoginErrorKind::SamlEncodingInvalid, "no SAMLResponse was posted");
    let relay_state = parameter(&form, "RelayState")?.filter(|relay_state| !relay_state.is_empty());
    let response = parameter(&form, "SAMLResponse")?.ok_or_else(missing)?;
    Ok(Posted { response, relay_state })
}

/// Answers any other method with 405, such as a GET by a person who opened the address by hand.
async fn not_posted(State(core): State<Arc<Core>>, params: RawPathParams) -> Response {
    let error = LoginError::with(LoginErrorKind::RequestInvalid, "the assertion consumer service takes POST");
    let mut response = refuse_unmatched(&core, &organization(&params), error);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// Serves our metadata for the provider's administrator, even if the connection is off.
async fn metadata(State(core): State<Arc<Core>>, params: RawPathParams) -> Response {
    let organization = organization(&params);
    match saml_metadata(&core, &organization).await {
        Ok(text) => {
            let kind = HeaderValue::from_static("application/samlmetadata+xml");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => refuse_unmatched(&core, &organization, error),
    }
}

async fn ask(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let page = confirm_page(&core, &parts, &organization).await;
    page.unwrap_or_else(|failure| refuse_login(&core, &organization, failure))
}

async fn confirm_page(core: &Core, parts: &Parts, organization: &OrgId) -> Result<Response, LoginFailure> {
    let ticket = ticket(parts)?;
    match lookups::browser_viewer_if_any(core, parts).await? {
        Some(viewer) => {
            let page = ask_to_confirm(core, organization, &viewer.signed_in, &ticket).await?;
            Ok(with_cookies(page.into_response(StatusCode::OK), viewer.cookie))
        }
        None => Ok(without_viewer(core, parts, organization, "saml/confirm", &ticket)),
    }
}

async fn confirm(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    match confirmed(&core, &parts, body, &organization).await {
        Ok(back) => see_other(&core.addresses.of_page(&back)),
        Err(failure) => refuse_login(&core, &organization, failure),
    }
}

/// Finishes the SSO login that the viewer has confirmed.
async fn confirmed(
    core: &Core,
    parts: &Parts,
    body: Body,
    organization: &OrgId,
) -> Result<ReturnTo, LoginFailure> {
    let ticket = parameter(&own_form(core, parts, body).await?, "ticket")?;
    let ticket = ticket.ok_or(LoginErrorKind::TicketMissing)?;
    let viewer = lookups::browser_viewer(core, parts).await?;
    finish(core, organization, &viewer.signed_in, confirmation_key(&ticket)).await
}

async fn slo_by_query(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let raw = request.uri().query().unwrap_or_default();
    let organization = organization(&params);
    let next = slo(&core, &organization, LogoutVia::Query(raw)).await;
    next.map_or_else(|refused| refused, |to| after_link(&core, to))
}

async fn slo_by_form(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), MAX_RESPONSE_BYTES).await {
        Ok(form) => {
            let next = slo(&core, &organization, LogoutVia::Form(&form)).await;
            next.map_or_else(|refused| refused, |to| after_form(&core, to))
        }
        Err(error) => refuse_unmatched(&core, &organization, error),
    }
}

/// Processes a logout message that the browser brings from the provider. It comes from another site and therefore has
/// no viewer. Returns where the browser goes next, or the page of a refusal.
async fn slo(core: &Core, organization: &OrgId, via: LogoutVia<'_>) -> Result<Onward, Response> {
    let received = receive_logout(core, organization, via).await;
    received.map_err(|failure| refuse_answer(core, organization, failure))
}

async fn logout(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    match logout_from(&core, &parts, body, &organization).await {
        Ok(to) => after_form(&core, to),
        Err(failure) => refuse_login(&core, &organization, failure),
    }
}

async fn logout_from(
    core: &Core,
    parts: &Parts,
    body: Body,
    organization: &OrgId,
) -> Result<Onward, LoginFailure> {
    let back = parse_return_path(&core.addresses, &own_form(core, parts, body).await?)?;
    begin_logout(core, parts, organization, back).await
}

async fn saml_metadata(core: &Core, organization: &OrgId) -> Result<String, LoginError> {
    let provider = saml_provider(core, organization).await?;
    provider.sp_metadata(&sp_addresses(&core.addresses, organization))
}
