//! Sends the browser to another address.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

/// Redirects the browser with these parameters in the query.
pub(crate) fn by_query(redirect_uri: &str, params: &[(String, String)]) -> Response {
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
