//! Reads the body of a request as a form.

use axum::http::{HeaderMap, header};

use crate::{oidc::error::OAuthError, params::Params};

/// Returns the parameters of a form. A repeated parameter is an error.
pub(crate) fn form(headers: &HeaderMap, body: &[u8]) -> Result<Params, OAuthError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(OAuthError::invalid_request("expected application/x-www-form-urlencoded"));
    }
    let params = Params::parse(body);
    match params.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("{name:?} is repeated"))),
        None => Ok(params),
    }
}
