//! The authorization endpoint (OpenID Connect Core §3.1.2).

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use tower_sso_core::internal::{later, random_token};

use crate::{
    here::Here,
    lies::lie::Lie,
    oidc::{
        authorization_request::{self, Rejection},
        authorization_response,
        form::form,
    },
    pages,
    params::Params,
    sign_in::{show_form, sign_in_and},
    state::{
        authorization::AuthorizationRequest, code::AuthorizationCode, pending::Pending, session::Session,
    },
};

/// `GET /authorize`.
pub(crate) async fn by_query(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    authorize(&here, &headers, &params)
}

/// `POST /authorize`.
pub(crate) async fn by_form(Extension(here): Extension<Here>, headers: HeaderMap, body: Bytes) -> Response {
    match form(&headers, &body) {
        Ok(params) => authorize(&here, &headers, &params),
        Err(error) => error.into_response(),
    }
}

fn authorize(here: &Here, headers: &HeaderMap, params: &Params) -> Response {
    let request = match authorization_request::find(here, params) {
        Ok(request) => request,
        Err(Rejection::ToVisitor(why)) => return pages::message(here, StatusCode::BAD_REQUEST, why),
        Err(Rejection::ToClient(target, error, why)) => {
            return authorization_response::error(here, &target, error, &why);
        }
    };
    let prompted = |value: &str| request.prompt.iter().any(|prompt| prompt == value);
    let session = here.idp.session(headers).filter(|session| {
        let age = here.idp.now().duration_since(session.auth_time).unwrap_or_default();
        let fresh = request.max_age.is_none_or(|most| age.as_secs() <= most && most > 0);
        fresh && !prompted("login") && !prompted("select_account")
    });
    match session {
        Some(session) => finish(here, &request, &session),
        None if prompted("none") => authorization_response::error(
            here,
            &request.target,
            "login_required",
            "no user is signed in, or the sign-in is too old",
        ),
        None => {
            let signs_in = here.idp.state().signs_in;
            match signs_in {
                Some(user) => sign_in_and(here, headers, user, |session| finish(here, &request, session)),
                None => show_form(here, Pending::Oidc(request)),
            }
        }
    }
}

/// Sends a code.
pub(crate) fn finish(here: &Here, request: &AuthorizationRequest, session: &Session) -> Response {
    for lie in here.idp.lies() {
        if let Lie::AuthorizationError(error) = lie {
            return authorization_response::error(
                here,
                &request.target,
                &error,
                "the provider was told to refuse",
            );
        }
    }
    let Ok(code) = random_token() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let now = here.idp.now();
    let kept = AuthorizationCode::new(request.clone(), session.clone());
    here.idp.state().codes.put(code.expose().clone(), kept, later(now, AuthorizationCode::LIFETIME), now);
    authorization_response::code(here, &request.target, code.expose().clone())
}
