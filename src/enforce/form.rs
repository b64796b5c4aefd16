//! What a request is, as far as the form of a challenge goes.

use http::{HeaderMap, Method, header};

use crate::RequestHead;

/// The form that an answer to a challenged request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A navigation of the whole page: it can be sent elsewhere.
    Navigation,
    /// A navigation inside a frame: a page whose link opens at the top.
    Frame,
    /// htmx asked for a fragment.
    Htmx,
    /// A credential sent as `Basic`, as git does, which erases what it stored on a 401.
    Basic,
    /// A bearer token.
    Bearer,
    /// Everything else: fetch, API, a request with a body, an upgrade, a prefetch.
    Other,
}

/// Tells the form. The first that fits wins.
pub(super) fn form(head: RequestHead<'_>) -> Form {
    let headers = head.headers;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match scheme(headers) {
        Some(scheme) if scheme.eq_ignore_ascii_case("basic") => return Form::Basic,
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => return Form::Bearer,
        Some(_) | None => {}
    }
    if text("hx-request") == "true" {
        return Form::Htmx;
    }
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    let prefetch = ["sec-purpose", "purpose", "x-moz", "x-purpose"]
        .iter()
        .any(|name| text(name).contains("prefetch") || text(name).contains("preview"));
    if !reads || prefetch || headers.contains_key(header::UPGRADE) {
        return Form::Other;
    }
    match (text("sec-fetch-mode"), text("sec-fetch-dest")) {
        ("navigate", "document") => Form::Navigation,
        ("navigate", "iframe" | "frame" | "embed" | "object" | "fencedframe") => Form::Frame,
        ("", "") if accepts_html(text("accept")) => Form::Navigation,
        (_, _) => Form::Other,
    }
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
    fn each_form_by_its_request() {
        const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
        const DOCUMENT: (&str, &str) = ("sec-fetch-dest", "document");
        const HTML: (&str, &str) = ("accept", "text/html,*/*;q=0.8");
        for (method, headers, expected) in [
            ("GET", &[NAVIGATE, DOCUMENT][..], Form::Navigation),
            ("HEAD", &[NAVIGATE, DOCUMENT], Form::Navigation),
            ("GET", &[HTML], Form::Navigation),
            ("GET", &[("accept", "Text/HTML;q=0.9")], Form::Navigation),
            ("POST", &[NAVIGATE, DOCUMENT], Form::Other),
            ("POST", &[HTML], Form::Other),
            ("GET", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty"), HTML], Form::Other),
            ("GET", &[("accept", "application/json, text/htmlx")], Form::Other),
            ("GET", &[], Form::Other),
            ("GET", &[NAVIGATE, ("sec-fetch-dest", "iframe")], Form::Frame),
            ("GET", &[NAVIGATE, DOCUMENT, ("sec-purpose", "prefetch;prerender")], Form::Other),
            ("GET", &[HTML, ("purpose", "prefetch")], Form::Other),
            ("GET", &[HTML, ("upgrade", "websocket"), ("connection", "upgrade")], Form::Other),
            ("GET", &[HTML, ("hx-request", "true")], Form::Htmx),
            ("POST", &[("hx-request", "true")], Form::Htmx),
            ("GET", &[HTML, ("authorization", "Basic eDp5")], Form::Basic),
            ("GET", &[("authorization", "BASIC eDp5")], Form::Basic),
            ("GET", &[HTML, ("authorization", "bearer x")], Form::Bearer),
            ("GET", &[NAVIGATE, DOCUMENT, ("authorization", "Digest x")], Form::Navigation),
        ] {
            let request = headers.iter().fold(Request::builder().method(method), |request, (name, value)| {
                request.header(*name, *value)
            });
            let request = request.body(()).unwrap();
            assert_eq!(form(RequestHead::from(&request)), expected, "{method} {headers:?}");
        }
    }
}
