//! The sign-in form's other half, the front page, signing out.

use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::test_idp::{
    authorize::{self, Pending},
    client_auth::form,
    guard::Here,
    pages,
    params::Params,
    saml,
    session::set_cookie,
};

/// `POST /sign-in`: email address and password, or the pick from the list.
pub(super) async fn submit(Extension(here): Extension<Here>, headers: HeaderMap, body: Bytes) -> Response {
    let params = match form(&headers, &body) {
        Ok(params) => params,
        Err(error) => return error.into_response(),
    };
    let key = params.get("request").unwrap_or_default();
    let pending = here.idp.state().pending.get(key, here.idp.now()).cloned();
    let Some(request) = pending else {
        return pages::told(
            &here,
            StatusCode::BAD_REQUEST,
            "This sign-in is over. Go back to the app and begin again.",
        );
    };
    let Some(user) = who(&here, &params) else {
        let mut page =
            pages::sign_in(&here, key, &request, Some("No user has that email address and password."));
        *page.status_mut() = StatusCode::FORBIDDEN;
        return page;
    };
    here.idp.state().pending.take(key, here.idp.now());
    complete(&here, &headers, &request, user)
}

/// Signs the user in and answers the request.
pub(super) fn complete(here: &Here, headers: &HeaderMap, request: &Pending, user: usize) -> Response {
    let Ok((session, token)) = here.idp.sign_in(headers, user) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = match request {
        Pending::Oidc(request) => authorize::finish(here, request, &session),
        Pending::Saml(request) => saml::finish(here, request, &session),
    };
    if let Some(cookie) = set_cookie(here, Some(&token)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The user that the form names, by place.
fn who(here: &Here, params: &Params) -> Option<usize> {
    let settings = here.idp.settings();
    if let Some(email) = params.get("pick").filter(|_| settings.pick_list) {
        return here.idp.user_by_email(email);
    }
    let user = here.idp.user_by_email(params.get("email")?)?;
    let password = params.get("password").unwrap_or_default();
    settings.users.get(user)?.password.matches(password.as_bytes()).then_some(user)
}

/// `GET /`.
pub(super) async fn home(Extension(here): Extension<Here>, headers: HeaderMap) -> Response {
    let user = here.idp.session(&headers).and_then(|session| here.idp.user(session.user));
    pages::home(&here, user)
}

/// `GET /sign-out`.
pub(super) async fn sign_out(Extension(here): Extension<Here>, headers: HeaderMap) -> Response {
    here.idp.sign_out(&headers);
    let mut page =
        pages::told(&here, StatusCode::OK, "You are signed out here. Apps may still have you signed in.");
    if let Some(cookie) = set_cookie(&here, None) {
        page.headers_mut().append(header::SET_COOKIE, cookie);
    }
    page
}
