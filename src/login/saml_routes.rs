//! The SAML routes: the assertion consumer service, our metadata, the confirmation page, and logout.

use crate::login::begin;
use crate::login::confirm;
use crate::login::logout;
use crate::login::receive::saml;
use crate::login::respond;
use crate::login::routes;
use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;

use crate::{
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        begin::Onward,
        receive::Posted,
        request::{MAX_FORM_BYTES, form, organization, query, same_origin},
        respond::see_other,
        start_params::{parameter, return_path},
    },
    provider::saml::logout::LogoutVia,
    return_path::ReturnPath,
    state::Core,
};

/// The maximum size of a posted response, in bytes: a response of 1 MiB, encoded as base64 and as a form.
const RESPONSE: usize = 2 * 1024 * 1024;

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
        Ok(posted) => saml::receive_saml(&core, &organization, &posted).await,
        Err(error) => Err((error, None)),
    };
    match received {
        Ok(next) => see_other(&next),
        Err((error, None)) => respond::refuse_unmatched(&core, &organization, &error),
        Err((error, Some(back))) => respond::refuse_login(&core, &organization, &error, Some(&back)),
    }
}

/// Reads the fields of the form (SAML bindings §3.5.4). Other fields are ignored.
async fn posted(request: Request) -> Result<Posted, LoginError> {
    let form = form(request.into_body(), RESPONSE).await?;
    let missing = || LoginError::with(LoginErrorKind::SamlEncodingInvalid, "no SAMLResponse was posted");
    let relay_state = parameter(&form, "RelayState")?.filter(|relay_state| !relay_state.is_empty());
    let response = parameter(&form, "SAMLResponse")?.ok_or_else(missing)?;
    Ok(Posted { response, relay_state })
}

/// Answers a GET: the form was lost on the way, or a person opened the address by hand.
async fn not_posted(State(core): State<Arc<Core>>, params: RawPathParams) -> Response {
    let error = LoginError::with(LoginErrorKind::RequestInvalid, "the assertion consumer service takes POST");
    let mut response = respond::refuse_unmatched(&core, &organization(&params), &error);
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
        Err(error) => respond::refuse_unmatched(&core, &organization, &error),
    }
}

async fn ask(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let asked = async {
        let ticket = parameter(query(&parts), "ticket")?;
        let ticket = ticket.ok_or_else(|| LoginError::from(LoginErrorKind::TicketMissing))?;
        match begin::in_browser(&core, &parts).await {
            Ok(viewer) => {
                let page = confirm::ask_to_confirm(&core, &organization, viewer, &ticket).await?;
                Ok(page.into_response(StatusCode::OK))
            }
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
                Ok(routes::without_viewer(&core, &parts, &organization, "saml/confirm", &ticket))
            }
            Err(error) => Err(error),
        }
    };
    match asked.await {
        Ok(response) => response,
        Err(error) => respond::refuse_login(&core, &organization, &error, None),
    }
}

async fn confirm(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let confirmed = async {
        let alone = |error: LoginError| -> (LoginError, Option<ReturnPath>) { (error, None) };
        same_origin(&parts.headers, core.addresses.origin()).map_err(alone)?;
        let form = form(body, MAX_FORM_BYTES).await.map_err(alone)?;
        let ticket = parameter(&form, "ticket").map_err(alone)?;
        let ticket = ticket.ok_or_else(|| alone(LoginErrorKind::TicketMissing.into()))?;
        confirm::confirmed(&core, &parts, &organization, &ticket).await
    };
    match confirmed.await {
        Ok(back) => see_other(&core.addresses.of_path(&back)),
        Err((error, back)) => respond::refuse_login(&core, &organization, &error, back.as_ref()),
    }
}

async fn slo_by_query(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let raw = request.uri().query().unwrap_or_default();
    let organization = organization(&params);
    let next = slo(&core, &organization, LogoutVia::Query(raw)).await;
    next.map_or_else(|refused| refused, |to| routes::redirect(&core, to))
}

async fn slo_by_form(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), RESPONSE).await {
        Ok(form) => {
            let next = slo(&core, &organization, LogoutVia::Form(&form)).await;
            next.map_or_else(|refused| refused, |to| routes::go(&core, to))
        }
        Err(error) => respond::refuse_unmatched(&core, &organization, &error),
    }
}

/// Processes a logout message that the browser brings from the provider. It comes from another site and therefore has
/// no viewer. Returns where the browser goes next, or the page of a refusal.
async fn slo(core: &Core, organization: &OrgId, via: LogoutVia<'_>) -> Result<Onward, Response> {
    logout::receive_logout(core, organization, via).await.map_err(|(error, back)| match back {
        None => respond::refuse_unmatched(core, organization, &error),
        Some(back) => respond::refuse_login(core, organization, &error, Some(&back)),
    })
}

async fn logout(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let begun = async {
        let alone = |error: LoginError| (error, None);
        same_origin(&parts.headers, core.addresses.origin()).map_err(alone)?;
        let form = form(body, MAX_FORM_BYTES).await.map_err(alone)?;
        let back = return_path(&form).map_err(alone)?;
        logout::begin_logout(&core, &parts, &organization, back).await
    };
    match begun.await {
        Ok(to) => routes::go(&core, to),
        Err((error, back)) => respond::refuse_login(&core, &organization, &error, back.as_ref()),
    }
}

async fn saml_metadata(core: &Core, organization: &OrgId) -> Result<String, LoginError> {
    logout::saml_provider(core, organization).await?.sp_metadata(&saml::sp_addresses(core, organization))
}
