//! The page on which the last load ended.

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use url::Url;

use super::{
    html::{Document, Form, Link},
    site::ReferrerPolicy,
};

/// A page, or the answer to a fetch.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as text. Bytes that are not UTF-8 are replaced.
    pub body: String,
    pub document: Document,
}

impl Page {
    pub fn new(url: Url, status: StatusCode, headers: HeaderMap, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        let html = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let document = if html { Document::parse(&body) } else { Document::default() };
        Self { url, status, headers, body, document }
    }

    /// Returns the value of a header. If there are several, returns the first.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn title(&self) -> &str {
        &self.document.title
    }

    /// Returns what a reader sees, or the body itself if it is not HTML.
    pub fn text(&self) -> &str {
        if self.document.text.is_empty() { &self.body } else { &self.document.text }
    }

    /// Returns the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.url, self.body))
    }

    /// Returns the first link with this ID or text, or whose text or address contains `pick`.
    pub fn link(&self, pick: &str) -> &Link {
        let links = &self.document.links;
        let exact = links.iter().find(|link| link.id.as_deref() == Some(pick) || link.text.trim() == pick);
        let near = || links.iter().find(|link| link.text.contains(pick) || link.href.contains(pick));
        exact.or_else(near).unwrap_or_else(|| panic!("no link {pick:?} at {}\n{}", self.url, self.body))
    }

    /// Returns the form with this ID or name, or whose action contains `pick`. An empty `pick` means the page's only
    /// form.
    pub fn form(&self, pick: &str) -> &Form {
        let forms = &self.document.forms;
        let found = if pick.is_empty() {
            forms.first().filter(|_| forms.len() == 1)
        } else {
            let named = |form: &&Form| [&form.id, &form.name].iter().any(|n| n.as_deref() == Some(pick));
            forms.iter().find(named).or_else(|| forms.iter().find(|form| form.action.contains(pick)))
        };
        found.unwrap_or_else(|| panic!("no form {pick:?} at {}\n{}", self.url, self.body))
    }

    /// Returns where `<meta http-equiv="refresh">` or the `Refresh` header leads.
    pub fn refresh(&self) -> Option<Url> {
        let content = self.document.meta("refresh").or_else(|| self.header("refresh"))?;
        let (_, target) = content.split_once([';', ','])?;
        let target = target.trim();
        let target = match target.get(..4) {
            Some(start) if start.eq_ignore_ascii_case("url=") => &target[4..],
            _ => target,
        };
        self.url.join(target.trim_matches(['"', '\''])).ok()
    }

    /// Returns the policy that decides what a request from here reveals about its origin.
    pub fn policy(&self) -> ReferrerPolicy {
        let meta = self.document.meta("referrer").and_then(ReferrerPolicy::parse);
        meta.or_else(|| ReferrerPolicy::from_headers(&self.headers)).unwrap_or(ReferrerPolicy::Other)
    }
}
