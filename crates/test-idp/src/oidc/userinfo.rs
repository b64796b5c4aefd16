//! The userinfo endpoint (OpenID Connect Core §5.3).

use axum::{
    Extension, Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    here::Here,
    lies::oddity::Oddity,
    oidc::{
        claims,
        error::NO_STORE,
        jws::{self, SignedToken},
    },
};

/// `GET` or `POST /userinfo`, with the access token as `Bearer`.
pub(crate) async fn userinfo(Extension(here): Extension<Here>, headers: HeaderMap) -> Response {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return refused("Bearer");
    };
    let token = header.to_str().ok().and_then(|text| text.split_once(' '));
    let token =
        token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer")).map(|(_, token)| token.trim());
    let token = token.and_then(|token| here.idp.state().access_tokens.get(token, here.idp.now()).cloned());
    let Some(token) = token else {
        return refused("Bearer error=\"invalid_token\"");
    };
    let claims = claims::userinfo_claims(&here, &token);
    if !here.idp.is_odd(Oddity::UserinfoJwt) {
        return (NO_STORE, Json(Value::Object(claims))).into_response();
    }
    match jws::sign(&here.idp, SignedToken::Userinfo, &token.client, claims) {
        Ok(jwt) => (NO_STORE, [(header::CONTENT_TYPE, "application/jwt")], jwt).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// RFC 6750 §3.
fn refused(challenge: &'static str) -> Response {
    let headers = [(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))];
    (StatusCode::UNAUTHORIZED, NO_STORE, headers).into_response()
}
