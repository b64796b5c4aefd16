//! The head of a request: everything that precedes its body.

use http::{Extensions, HeaderMap, Method, Request, Uri, Version, request::Parts};

/// The head of a request, borrowed. Decisions depend on it alone, whether or not the request has been split into
/// parts.
///
/// `From` makes it from a [`Request`] or its [`Parts`], at the cost of a few pointers.
///
/// ```
/// use http::Request;
/// use tower_sso::RequestHead;
///
/// let request = Request::builder().uri("/acme").header("accept", "text/html").body(())?;
/// let head = RequestHead::from(&request);
/// assert_eq!(head.uri.path(), "/acme");
/// assert!(head.headers.contains_key("accept"));
/// # Ok::<_, http::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The URI as this layer sees it.
    pub uri: &'a Uri,
    /// The HTTP version.
    pub version: Version,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The extensions.
    pub extensions: &'a Extensions,
}

impl RequestHead<'_> {
    /// Returns an owned copy, for an extractor that needs [`Parts`] or a future that outlives the request.
    #[must_use]
    pub fn to_parts(self) -> Parts {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = self.method.clone();
        parts.uri = self.uri.clone();
        parts.version = self.version;
        parts.headers = self.headers.clone();
        parts.extensions = self.extensions.clone();
        parts
    }
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_request_head_equals_the_original() {
        let mut request =
            Request::post("/acme?x=1").version(Version::HTTP_2).header("a", "b").body(()).unwrap();
        request.extensions_mut().insert(7_u8);
        let parts = RequestHead::from(&request).to_parts();
        for head in [RequestHead::from(&request), RequestHead::from(&parts)] {
            assert_eq!((head.method, head.uri.to_string()), (&Method::POST, "/acme?x=1".to_owned()));
            assert_eq!((head.version, head.headers.len()), (Version::HTTP_2, 1));
            assert_eq!((head.headers["a"].as_bytes(), head.extensions.get()), (&b"b"[..], Some(&7_u8)));
        }
    }
}
