//! Signs users in: shows the form, and creates a session for a user who submitted it.

use std::time::Duration;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower_sso_core::internal::{later, random_token};

use crate::{
    browser_session::set_cookie,
    here::Here,
    pages,
    state::{pending::Pending, session::Session},
};

/// Shows the sign-in form.
pub(crate) fn show_form(here: &Here, request: Pending) -> Response {
    let Ok(key) = random_token() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let now = here.idp.now();
    let page = pages::sign_in(here, key.expose(), &request, None);
    let until = later(now, Duration::from_secs(60 * 60));
    here.idp.state().pending.put(key.expose().clone(), request, until, now);
    page
}

/// Signs the user in. Returns the session that begins.
pub(crate) fn sign_in_and(
    here: &Here,
    headers: &HeaderMap,
    user: usize,
    answer: impl FnOnce(&Session) -> Response,
) -> Response {
    let Ok((session, token)) = here.idp.sign_in(headers, user) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = answer(&session);
    if let Some(cookie) = set_cookie(here, Some(&token)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
