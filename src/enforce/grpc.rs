//! The shape of a challenge or a refusal for a gRPC client: HTTP 200 and the status of the call in the headers, without
//! a body. The gRPC specification calls this *Trailers-Only*. A gRPC client does not read the body of another status.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::request_head::RequestHead;

/// The codes of gRPC that the layer uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrpcCode {
    InvalidArgument = 3,
    NotFound = 5,
    PermissionDenied = 7,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl GrpcCode {
    /// Returns the code of a refusal that other clients get with this status.
    pub(crate) fn of_refusal(status: StatusCode) -> Self {
        match status {
            StatusCode::BAD_REQUEST => Self::InvalidArgument,
            StatusCode::FORBIDDEN => Self::PermissionDenied,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

/// The bytes of `grpc-message` that are encoded: everything but printable ASCII, and `%`.
const MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// Returns whether a request is a call of gRPC or gRPC-Web: a `POST` whose content type begins with
/// `application/grpc`.
pub(crate) fn is_call(head: RequestHead<'_>) -> bool {
    *head.method == Method::POST && content_type(head.headers).is_some()
}

/// Returns the headers that end a call with this code and message.
pub(crate) fn headers(head: RequestHead<'_>, code: GrpcCode, message: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let content_type = content_type(head.headers).unwrap_or("application/grpc");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert("grpc-status", HeaderValue::from(code as u16));
    // This does not fail: what is not printable ASCII is encoded.
    if let Ok(message) = HeaderValue::try_from(utf8_percent_encode(message, MESSAGE).to_string()) {
        headers.insert("grpc-message", message);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}

/// Returns the content type for the response to a call. `None` if the request is not a call.
fn content_type(headers: &HeaderMap) -> Option<&'static str> {
    let asked = headers.get(header::CONTENT_TYPE)?.as_bytes();
    let begins = |prefix: &str| {
        asked.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    let kinds = ["application/grpc-web-text", "application/grpc-web", "application/grpc"];
    kinds.into_iter().find(|kind| begins(kind))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn a_message_is_encoded_so_that_it_is_a_header() {
        let request = Request::post("/").header("content-type", "application/grpc").body(()).unwrap();
        for (message, encoded) in [
            ("Log in at https://hub.example/sso/1/start", "Log in at https://hub.example/sso/1/start"),
            ("100%25", "100%2525"),
            ("Bücher\r\nx: y", "B%C3%BCcher%0D%0Ax: y"),
            ("", ""),
        ] {
            let headers = headers((&request).into(), GrpcCode::Unauthenticated, message);
            assert_eq!(
                (&headers["grpc-status"], &headers["grpc-message"]),
                (&"16".parse().unwrap(), &encoded.parse().unwrap())
            );
        }
    }

    #[test]
    fn the_response_has_the_content_type_of_the_call() {
        for (asked, expected) in [
            ("application/grpc", Some("application/grpc")),
            ("application/grpc+proto", Some("application/grpc")),
            ("Application/GRPC;x", Some("application/grpc")),
            ("application/grpc-web+proto", Some("application/grpc-web")),
            ("application/grpc-web-text", Some("application/grpc-web-text")),
            ("application/json", None),
            ("text/application/grpc", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, asked.parse().unwrap())]);
            assert_eq!(content_type(&headers), expected, "{asked}");
        }
    }
}
