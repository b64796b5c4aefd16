//! The SAML routes: the assertion consumer service, our metadata, the confirmation page, and logout.

use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        begin::Onward,
        receive::Posted,
        respond::see_other,
        return_path::ReturnPath,
        routes::{FORM, form, organization, query, same_origin},
        start_params::{parameter, return_path},
    },
    provider::saml::logout::LogoutVia,
    sso::Sso,
};

/// The maximum size of a posted response, in bytes: a response of 1 MiB, encoded as base64 and as a form.
const RESPONSE: usize = 2 * 1024 * 1024;

/// Adds the SAML routes. `page` returns the path of one of an organization's pages.
pub(super) fn add(router: Router<Sso>, page: impl Fn(&str) -> String) -> Router<Sso> {
    router
        .route(&page("saml/acs"), post(acs).fallback(not_posted))
        .route(&page("saml/metadata"), get(metadata))
        .route(&page("saml/confirm"), get(ask).post(confirm))
        .route(&page("saml/slo"), get(slo_by_query).post(slo_by_form))
        .route(&page("saml/logout"), post(logout))
}

async fn acs(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    let received = match posted(request).await {
        Ok(posted) => sso.receive_saml(&organization, &posted).await,
        Err(error) => Err((error, None)),
    };
    match received {
        Ok(next) => see_other(&next),
        Err((error, None)) => sso.refuse_unmatched(&organization, &error),
        Err((error, Some(back))) => sso.refuse_login(&organization, &error, Some(&back)),
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
async fn not_posted(State(sso): State<Sso>, params: RawPathParams) -> Response {
    let error = LoginError::with(LoginErrorKind::RequestInvalid, "the assertion consumer service takes POST");
    let mut response = sso.refuse_unmatched(&organization(&params), &error);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// Serves our metadata for the provider's administrator, even if the connection is off.
async fn metadata(State(sso): State<Sso>, params: RawPathParams) -> Response {
    let organization = organization(&params);
    match sso.saml_metadata(&organization).await {
        Ok(text) => {
            let kind = HeaderValue::from_static("application/samlmetadata+xml");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => sso.refuse_unmatched(&organization, &error),
    }
}

async fn ask(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let asked = async {
        let ticket = parameter(query(&parts), "ticket")?;
        let ticket = ticket.ok_or_else(|| LoginError::from(LoginErrorKind::TicketMissing))?;
        match sso.in_browser(&parts).await {
            Ok(viewer) => {
                let page = sso.ask_to_confirm(&organization, viewer, &ticket).await?;
                Ok(page.into_response(StatusCode::OK))
            }
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
                Ok(sso.without_viewer(&parts, &organization, "saml/confirm", &ticket))
            }
            Err(error) => Err(error),
        }
    };
    match asked.await {
        Ok(response) => response,
        Err(error) => sso.refuse_login(&organization, &error, None),
    }
}

async fn confirm(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let confirmed = async {
        let alone = |error: LoginError| -> (LoginError, Option<ReturnPath>) { (error, None) };
        same_origin(&parts.headers, sso.core().addresses.origin()).map_err(alone)?;
        let form = form(body, FORM).await.map_err(alone)?;
        let ticket = parameter(&form, "ticket").map_err(alone)?;
        let ticket = ticket.ok_or_else(|| alone(LoginErrorKind::TicketMissing.into()))?;
        sso.confirmed(&parts, &organization, &ticket).await
    };
    match confirmed.await {
        Ok(back) => see_other(&sso.core().addresses.of_path(&back)),
        Err((error, back)) => sso.refuse_login(&organization, &error, back.as_ref()),
    }
}

async fn slo_by_query(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let raw = request.uri().query().unwrap_or_default();
    let organization = organization(&params);
    let next = slo(&sso, &organization, LogoutVia::Query(raw)).await;
    next.map_or_else(|refused| refused, |to| sso.redirect(to))
}

async fn slo_by_form(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), RESPONSE).await {
        Ok(form) => {
            let next = slo(&sso, &organization, LogoutVia::Form(&form)).await;
            next.map_or_else(|refused| refused, |to| sso.go(to))
        }
        Err(error) => sso.refuse_unmatched(&organization, &error),
    }
}

/// Processes a logout message that the browser brings from the provider. It comes from another site and therefore has
/// no viewer. Returns where the browser goes next, or the page of a refusal.
async fn slo(sso: &Sso, organization: &OrgId, via: LogoutVia<'_>) -> Result<Onward, Response> {
    sso.receive_logout(organization, via).await.map_err(|(error, back)| match back {
        None => sso.refuse_unmatched(organization, &error),
        Some(back) => sso.refuse_login(organization, &error, Some(&back)),
    })
}

async fn logout(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let begun = async {
        let alone = |error: LoginError| (error, None);
        same_origin(&parts.headers, sso.core().addresses.origin()).map_err(alone)?;
        let form = form(body, FORM).await.map_err(alone)?;
        let back = return_path(&form).map_err(alone)?;
        sso.begin_logout(&parts, &organization, back).await
    };
    match begun.await {
        Ok(to) => sso.go(to),
        Err((error, back)) => sso.refuse_login(&organization, &error, back.as_ref()),
    }
}

impl Sso {
    async fn saml_metadata(&self, organization: &OrgId) -> Result<String, LoginError> {
        self.saml_provider(organization).await?.sp_metadata(&self.sp_addresses(organization))
    }
}
