//! Reads what the SSO routes need of a request: the organization in the path, parameters, tickets and forms. A repeated
//! parameter is refused. A form of ours must come from a page of this site.

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    state::Core,
};
use axum::{body::Body, extract::RawPathParams};
use http::{HeaderMap, request::Parts};
use tower_sso_core::OrgId;
use url::form_urlencoded;

/// The path parameter of our routes. It is not `org`: the layer must not take our own pages for pages of an
/// organization.
pub(crate) const ORGANIZATION: &str = "tower_sso_organization";

/// The maximum size of a posted form, in bytes.
pub(crate) const MAX_FORM_BYTES: usize = 64 * 1024;

/// Returns the organization's id in the path.
pub(crate) fn organization(params: &RawPathParams) -> OrgId {
    OrgId::new(
        params.iter().find(|(key, _)| *key == ORGANIZATION).map(|(_, value)| value).unwrap_or_default(),
    )
}

/// Returns the request's query, encoded.
pub(crate) fn query(parts: &Parts) -> &[u8] {
    parts.uri.query().unwrap_or_default().as_bytes()
}

/// Checks that a request was sent by a page of this site, by `Sec-Fetch-Site` or else by `Origin`.
pub(crate) fn same_origin(headers: &HeaderMap, origin: &str) -> Result<(), LoginError> {
    let says =
        |name: &str, expected: &str| headers.get(name).map(|value| value.as_bytes() == expected.as_bytes());
    match (says("sec-fetch-site", "same-origin"), says("origin", origin)) {
        (Some(true), _) | (None, Some(true)) => Ok(()),
        (Some(false), _) | (None, Some(false) | None) => Err(LoginErrorKind::CrossOrigin.into()),
    }
}

/// Reads a body of at most `max_bytes`.
pub(crate) async fn form(body: Body, max_bytes: usize) -> Result<Vec<u8>, LoginError> {
    let bytes = axum::body::to_bytes(body, max_bytes).await;
    bytes.map(Into::into).map_err(|error| LoginError::with(LoginErrorKind::RequestInvalid, error))
}

/// Returns the value of a parameter of a query or form. A repeated parameter is an error.
pub(crate) fn parameter(encoded: &[u8], name: &str) -> Result<Option<String>, LoginError> {
    let mut found = form_urlencoded::parse(encoded).filter(|(key, _)| key == name);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(LoginErrorKind::ParameterRepeated.into()),
        (first, None) => Ok(first.map(|(_, value)| value.into_owned())),
    }
}

/// Returns the ticket in the request's query.
pub(crate) fn ticket(parts: &Parts) -> Result<String, LoginError> {
    parameter(query(parts), "ticket")?.ok_or_else(|| LoginErrorKind::TicketMissing.into())
}

/// Reads a form that was posted from a page of this site.
pub(crate) async fn own_form(core: &Core, parts: &Parts, body: Body) -> Result<Vec<u8>, LoginError> {
    same_origin(&parts.headers, core.addresses.origin())?;
    form(body, MAX_FORM_BYTES).await
}
