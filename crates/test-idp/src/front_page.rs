//! Handles the submitted sign-in form, the front page, and signing out.

use axum::{
    Extension,
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    browser_session::set_cookie,
    here::Here,
    oidc::{authorize, form::form},
    pages,
    params::Params,
    saml::sso,
    sign_in::sign_in_and,
    state::pending::Pending,
};

/// `POST /sign-in`: email address and password, or the user who was chosen from the list.
pub(crate) async fn submit(Extension(here): Extension<Here>, headers: HeaderMap, body: Bytes) -> Response {
    let params = match form(&headers, &body) {
        Ok(params) => params,
        Err(error) => return error.into_response(),
    };
    let key = params.get("request").unwrap_or_default();
    let pending = here.idp.state().pending.get(key, here.idp.now()).cloned();
    let Some(request) = pending else {
        return pages::message(
            &here,
            StatusCode::BAD_REQUEST,
            "This sign-in is over. Go back to the app and begin again.",
        );
    };
    let Some(user) = user_in_form(&here, &params) else {
        let mut page =
            pages::sign_in(&here, key, &request, Some("No user has that email address and password."));
        *page.status_mut() = StatusCode::FORBIDDEN;
        return page;
    };
    here.idp.state().pending.take(key, here.idp.now());
    sign_in_and(&here, &headers, user, |session| match &request {
        Pending::Oidc(request) => authorize::finish(&here, request, session),
        Pending::Saml(request) => sso::finish(&here, request, session),
    })
}

/// Returns the index of the user that the form names.
fn user_in_form(here: &Here, params: &Params) -> Option<usize> {
    let settings = here.idp.settings();
    if let Some(email) = params.get("pick").filter(|_| settings.pick_list) {
        return here.idp.user_by_email(email);
    }
    let user = here.idp.user_by_email(params.get("email")?)?;
    let password = params.get("password").unwrap_or_default();
    settings.users.get(user)?.password.matches(password.as_bytes()).then_some(user)
}

/// `GET /`.
pub(crate) async fn home(Extension(here): Extension<Here>, headers: HeaderMap) -> Response {
    let user = here.idp.session(&headers).and_then(|session| here.idp.user(session.user));
    pages::home(&here, user)
}

/// `GET /sign-out`.
pub(crate) async fn sign_out(Extension(here): Extension<Here>, headers: HeaderMap) -> Response {
    here.idp.sign_out(&headers);
    let mut page =
        pages::message(&here, StatusCode::OK, "You are signed out here. Apps may still have you signed in.");
    if let Some(cookie) = set_cookie(&here, None) {
        page.headers_mut().append(header::SET_COOKIE, cookie);
    }
    page
}
