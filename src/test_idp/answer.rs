//! The answer to an authorization request: through the browser, in the query or as a form.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use crate::test_idp::{
    guard::Here,
    lie::{Change, Lie},
    oddity::Oddity,
    pages,
    request::{Back, ResponseMode},
};

/// Sends `code=` (OpenID Connect Core §3.1.2.5).
pub(super) fn code(here: &Here, back: &Back, code: String) -> Response {
    send(here, back, vec![("code".to_owned(), code)])
}

/// Sends `error=` (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
pub(super) fn error(here: &Here, back: &Back, error: &str, description: &str) -> Response {
    let params = vec![
        ("error".to_owned(), error.to_owned()),
        ("error_description".to_owned(), description.to_owned()),
    ];
    send(here, back, params)
}

fn send(here: &Here, back: &Back, mut params: Vec<(String, String)>) -> Response {
    if let Some(state) = &back.state {
        params.push(("state".to_owned(), state.clone()));
    }
    // RFC 9207 §2.
    if !here.idp.is_odd(Oddity::NoIssParameter) {
        params.push(("iss".to_owned(), here.issuer.clone()));
    }
    for lie in here.idp.lies() {
        if let Lie::Callback { name, change } = lie {
            bend(&mut params, &name, change);
        }
    }
    match back.mode {
        ResponseMode::Query => by_query(&back.redirect_uri, &params),
        ResponseMode::FormPost => pages::form_post("Signed in", &back.redirect_uri, &params),
    }
}

/// Changes one parameter.
pub(super) fn bend(params: &mut Vec<(String, String)>, name: &str, change: Change) {
    let found = params.iter().position(|(known, _)| known == name);
    match (change, found) {
        (Change::Missing, _) => params.retain(|(known, _)| known != name),
        (Change::Value(value), Some(at)) => {
            if let Some((_, old)) = params.get_mut(at) {
                *old = value;
            }
        }
        (Change::Value(value), None) => params.push((name.to_owned(), value)),
        (Change::Doubled, Some(at)) => params.extend(params.get(at).cloned()),
        (Change::Doubled, None) => {}
    }
}

pub(super) fn by_query(redirect_uri: &str, params: &[(String, String)]) -> Response {
    let location = Url::parse(redirect_uri).ok().and_then(|mut url| {
        url.query_pairs_mut().extend_pairs(params);
        HeaderValue::from_str(url.as_str()).ok()
    });
    match location {
        Some(location) => {
            let no_store = HeaderValue::from_static("no-store");
            (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)])
                .into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
