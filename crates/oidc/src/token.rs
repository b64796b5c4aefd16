//! Parses the responses of the token endpoint and of the pushed authorization request endpoint, strictly.
//!
//! 1. The response must be JSON by its media type. A page of a proxy is not read.
//! 2. `token_type` is `Bearer`, and the access token consists of visible ASCII characters, at most 64 KiB: it is sent
//!    on in a header (RFC 6750 §2.1).
//! 3. An `error` with status 200 is an error.
//! 4. A status of 4xx says that the provider refused (`TokenRefused`), except 408 and 429. They, and every other status
//!    but 200, say that it failed (`TokenFailed`).

use http::StatusCode;
use serde_json::{Map, Value};
use tower_sso_core::Secret;
use tower_sso_http::Answer;
use url::Url;

use crate::{
    callback::printable,
    discovery::Metadata,
    error::{
        Error,
        ErrorKind::{
            self, IdTokenMissing, PushedRequestRefused, TokenAnswerInvalid, TokenFailed, TokenRefused,
        },
    },
    json,
};

/// The maximum length of an access token or a request address, in bytes.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// The tokens for which the code was exchanged.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) id_token: Secret<String>,
    pub(crate) access_token: Secret<String>,
}

impl Tokens {
    /// Parses the token endpoint's response (RFC 6749 §5, OpenID Connect Core §3.1.3.3).
    ///
    /// # Errors
    ///
    /// Returns `TokenRefused` or `TokenFailed` as the module says, `TokenAnswerInvalid` if the response is malformed,
    /// and `IdTokenMissing` if it has no `id_token`.
    pub(crate) fn read(answer: &Answer) -> Result<Self, Error> {
        let object = read(answer, TokenAnswerInvalid);
        if answer.status != StatusCode::OK {
            let kind = match answer.status {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => TokenFailed,
                status if status.is_client_error() => TokenRefused,
                _ => TokenFailed,
            };
            return Err(refused(kind, answer, object.ok().as_ref()));
        }
        let mut object = object?;
        // Some providers send an error with status 200.
        if object.contains_key("error") {
            return Err(refused(TokenRefused, answer, Some(&object)));
        }
        let invalid = |problem: &str| Error::with(TokenAnswerInvalid, problem);
        let bearer = object.get("token_type").and_then(Value::as_str);
        if !bearer.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(invalid("token_type is not Bearer"));
        }
        let access_token = match object.remove("access_token") {
            Some(Value::String(token)) if is_token(&token) => Secret::new(token),
            _ => return Err(invalid("no access_token that could be sent on")),
        };
        match object.remove("id_token") {
            Some(Value::String(token)) => Ok(Self { id_token: Secret::new(token), access_token }),
            None | Some(Value::Null) => Err(IdTokenMissing.into()),
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(invalid("id_token is not a string"))
            }
        }
    }
}

/// Parses the response to a pushed request, and returns where the browser goes (RFC 9126 §2.2 and §4).
///
/// # Errors
///
/// Returns `PushedRequestRefused` if the provider refused the request or its response has no usable `request_uri`.
pub(crate) fn pushed(answer: &Answer, metadata: &Metadata, client_id: &str) -> Result<Url, Error> {
    let object = read(answer, PushedRequestRefused);
    // The standard requires 201; some providers send 200.
    if !matches!(answer.status, StatusCode::CREATED | StatusCode::OK) {
        return Err(refused(PushedRequestRefused, answer, object.ok().as_ref()));
    }
    let object = object?;
    let request_uri = object
        .get("request_uri")
        .and_then(Value::as_str)
        .filter(|address| is_token(address))
        .ok_or_else(|| Error::with(PushedRequestRefused, "the answer has no request_uri"))?;
    let mut url = metadata.authorization_endpoint.url().clone();
    url.query_pairs_mut().append_pair("client_id", client_id).append_pair("request_uri", request_uri);
    Ok(url)
}

fn read(answer: &Answer, kind: ErrorKind) -> Result<Map<String, Value>, Error> {
    // RFC 6749 §5.1 requires JSON. An HTML page most likely comes from a proxy.
    if !is_json(&answer.media_type) {
        let problem = format!("{:?} in place of JSON", printable(&answer.media_type, 60));
        return Err(Error::with(kind, problem));
    }
    // The error text cannot contain a token: serde_json names only positions and kinds of values.
    json::object(&answer.body).map_err(|error| Error::with(kind, printable(&error.to_string(), 200)))
}

/// Returns whether a media type is JSON (RFC 6839 §3.1).
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Formats an OAuth error for an operator (RFC 6749 §5.2). It is made printable and shortened; it contains no code
/// and no token.
fn refused(kind: ErrorKind, answer: &Answer, object: Option<&Map<String, Value>>) -> Error {
    let text = |name: &str, most| {
        let text = object.and_then(|object| object.get(name)).and_then(Value::as_str);
        text.map(|text| printable(text, most))
    };
    let mut detail = format!("answered {}", answer.status);
    for text in [text("error", 60), text("error_description", 300)].into_iter().flatten() {
        detail.push_str(": ");
        detail.push_str(&text);
    }
    Error::with(kind, detail)
}

/// Returns whether the text can be sent in a header or a query without being changed.
fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
