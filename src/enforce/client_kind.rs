//! [`ClientKind`]: what kind of client sent a request, judged by its headers.
//!
//! A challenge or a refusal has the same meaning for every client, but a different shape: a redirect or a page for a
//! browser, JSON for a script, plain text for git. The headers can be forged. This is safe, because the kind changes
//! only the shape of the response and never the decision.

use http::{HeaderMap, Method, header};

use crate::{enforce::grpc, request_head::RequestHead};

/// The kind of client, which determines the shape of a challenge or a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    /// A call of gRPC or gRPC-Web. It gets the status of the call, whatever credential it sent.
    Grpc,
    /// A navigation of the whole page. It can be redirected.
    Navigation,
    /// A navigation inside a frame. It gets a page whose link opens at the top.
    Frame,
    /// A request by htmx for a fragment.
    Htmx,
    /// A client that sent a `Basic` credential, such as git. Git erases its stored credential on a 401.
    Basic,
    /// A client that sent a bearer token.
    Bearer,
    /// Everything else: fetch, API, a request with a body, an upgrade, a prefetch.
    Other,
}

impl ClientKind {
    /// Returns the kind of the client. The first rule that matches wins: gRPC, the credential, htmx, then the fetch
    /// metadata (`Sec-Fetch-*`), or `Accept` from a browser that sends no fetch metadata.
    pub(crate) fn of(head: RequestHead<'_>) -> Self {
        let headers = head.headers;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if grpc::is_call(head) {
            return ClientKind::Grpc;
        }
        match scheme(headers) {
            Some(scheme) if scheme.eq_ignore_ascii_case("basic") => return ClientKind::Basic,
            Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => return ClientKind::Bearer,
            Some(_) | None => {}
        }
        if text("hx-request") == "true" || restores_page(headers) {
            return ClientKind::Htmx;
        }
        let reads = head.method == Method::GET || head.method == Method::HEAD;
        let prefetch = ["sec-purpose", "purpose", "x-moz", "x-purpose"]
            .iter()
            .any(|name| text(name).contains("prefetch") || text(name).contains("preview"));
        if !reads || prefetch || headers.contains_key(header::UPGRADE) {
            return ClientKind::Other;
        }
        match (text("sec-fetch-mode"), text("sec-fetch-dest")) {
            ("navigate", "document") => ClientKind::Navigation,
            ("navigate", "iframe" | "frame" | "embed" | "object" | "fencedframe") => ClientKind::Frame,
            ("", "") if accepts_html(text("accept")) => ClientKind::Navigation,
            (_, _) => ClientKind::Other,
        }
    }
}

/// Returns whether htmx requests a page again because the visitor went back to it. htmx 4 then sends no `HX-Request`.
pub(crate) fn restores_page(headers: &HeaderMap) -> bool {
    headers.get("hx-history-restore-request").is_some_and(|value| value == "true")
}

fn scheme(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.split(' ').next()
}

fn accepts_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        range.eq_ignore_ascii_case("text/html") || range.eq_ignore_ascii_case("application/xhtml+xml")
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn the_client_kind_follows_from_the_request() {
        const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
        const DOCUMENT: (&str, &str) = ("sec-fetch-dest", "document");
        const HTML: (&str, &str) = ("accept", "text/html,*/*;q=0.8");
        for (method, headers, expected) in [
            ("GET", &[NAVIGATE, DOCUMENT][..], ClientKind::Navigation),
            ("HEAD", &[NAVIGATE, DOCUMENT], ClientKind::Navigation),
            ("GET", &[HTML], ClientKind::Navigation),
            ("GET", &[("accept", "Text/HTML;q=0.9")], ClientKind::Navigation),
            ("POST", &[NAVIGATE, DOCUMENT], ClientKind::Other),
            ("POST", &[HTML], ClientKind::Other),
            ("GET", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), HTML], ClientKind::Other),
            ("GET", &[("accept", "application/json, text/htmlx")], ClientKind::Other),
            ("GET", &[], ClientKind::Other),
            ("GET", &[NAVIGATE, ("sec-fetch-dest", "iframe")], ClientKind::Frame),
            ("GET", &[NAVIGATE, DOCUMENT, ("sec-purpose", "prefetch;prerender")], ClientKind::Other),
            ("GET", &[HTML, ("purpose", "prefetch")], ClientKind::Other),
            ("GET", &[HTML, ("upgrade", "websocket"), ("connection", "upgrade")], ClientKind::Other),
            ("GET", &[HTML, ("hx-request", "true")], ClientKind::Htmx),
            ("POST", &[("hx-request", "true")], ClientKind::Htmx),
            ("GET", &[("accept", "*/*"), ("hx-history-restore-request", "true")], ClientKind::Htmx),
            ("GET", &[("accept", "*/*"), ("hx-history-restore-request", "false")], ClientKind::Other),
            ("GET", &[HTML, ("authorization", "Basic eDp5")], ClientKind::Basic),
            ("GET", &[("authorization", "BASIC eDp5")], ClientKind::Basic),
            ("GET", &[HTML, ("authorization", "bearer x")], ClientKind::Bearer),
            ("GET", &[NAVIGATE, DOCUMENT, ("authorization", "Digest x")], ClientKind::Navigation),
            ("POST", &[("content-type", "application/grpc")], ClientKind::Grpc),
            (
                "POST",
                &[("content-type", "application/grpc+proto"), ("authorization", "Bearer x")],
                ClientKind::Grpc,
            ),
            (
                "POST",
                &[("content-type", "application/grpc-web"), ("authorization", "Basic eDp5")],
                ClientKind::Grpc,
            ),
            ("GET", &[("content-type", "application/grpc")], ClientKind::Other),
            ("POST", &[("content-type", "application/json")], ClientKind::Other),
        ] {
            let request = headers.iter().fold(Request::builder().method(method), |request, (name, value)| {
                request.header(*name, *value)
            });
            let request = request.body(()).unwrap();
            assert_eq!(ClientKind::of(RequestHead::from(&request)), expected, "{method} {headers:?}");
        }
    }
}
