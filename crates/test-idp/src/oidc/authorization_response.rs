//! The response to an authorization request. It goes through the browser, in the query or as a form.

use axum::response::Response;

use crate::{
    here::Here,
    lies::{callback::change_callback, oddity::Oddity},
    pages,
    redirect::by_query,
    state::authorization::{ResponseMode, ResponseTarget},
};

/// Sends `code=` (OpenID Connect Core §3.1.2.5).
pub(crate) fn code(here: &Here, target: &ResponseTarget, code: String) -> Response {
    send(here, target, vec![("code".to_owned(), code)])
}

/// Sends `error=` (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
pub(crate) fn error(here: &Here, target: &ResponseTarget, error: &str, description: &str) -> Response {
    let params = vec![
        ("error".to_owned(), error.to_owned()),
        ("error_description".to_owned(), description.to_owned()),
    ];
    send(here, target, params)
}

fn send(here: &Here, target: &ResponseTarget, mut params: Vec<(String, String)>) -> Response {
    if let Some(state) = &target.state {
        params.push(("state".to_owned(), state.clone()));
    }
    // RFC 9207 §2.
    if !here.idp.is_odd(Oddity::NoIssParameter) {
        params.push(("iss".to_owned(), here.issuer.clone()));
    }
    change_callback(here.idp.lies(), &mut params);
    match target.mode {
        ResponseMode::Query => by_query(&target.redirect_uri, &params),
        ResponseMode::FormPost => pages::form_post("Signed in", &target.redirect_uri, &params),
    }
}
