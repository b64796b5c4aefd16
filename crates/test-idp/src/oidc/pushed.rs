//! Pushed authorization requests (RFC 9126).
//!
//! A client that requires pushed requests can't begin a login in another way (§6). The `request_uri` lasts for 60
//! seconds, and only the client that pushed the request can use it.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tower_sso_core::internal::{later, random_token};

use crate::{
    here::Here,
    oidc::{
        authorization_request::Rejection,
        client_auth::authenticate,
        error::{NO_STORE, OAuthError},
        form::form,
    },
    state::authorization::AuthorizationRequest,
};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// `POST /par` (RFC 9126 §2): the client authenticates and pushes its request. It gets a `request_uri` that can be used
/// once.
pub(crate) async fn push(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let params = form(&headers, &body)?;
    let client = authenticate(&here, &headers, &params, "/par")?;
    if params.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri has no place here"));
    }
    if params.get("client_id").is_some_and(|id| id != client.id) {
        return Err(OAuthError::invalid_request("client_id is another client's"));
    }
    let request = match AuthorizationRequest::parse(&here, &params) {
        Ok(request) => request,
        Err(Rejection::ToVisitor(why)) => return Err(OAuthError::invalid_request(why)),
        Err(Rejection::ToClient(_, error, why)) => {
            return Err(OAuthError::new(StatusCode::BAD_REQUEST, error, why));
        }
    };
    let token = random_token().map_err(|_| OAuthError::server_error())?;
    let uri = format!("{REQUEST_URI}{}", token.expose());
    let now = here.idp.now();
    here.idp.state().pushed.put(uri.clone(), request, later(now, Duration::from_secs(60)), now);
    Ok((StatusCode::CREATED, NO_STORE, Json(json!({"request_uri": uri, "expires_in": 60}))).into_response())
}
