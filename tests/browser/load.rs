//! One load, from the first request to the last redirect, with the headers that a browser sends on each hop.

use std::time::SystemTime;

use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE},
};
use url::Url;

use super::{
    Shared,
    jar::{Refusal, SiteContext},
    policy::FormPolicy,
    site::{ReferrerPolicy, Relation, is_trustworthy},
};

const MOST_HOPS: usize = 20;

/// What is loaded. This decides which cookies are sent and what the `Sec-Fetch-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page in the tab itself.
    Document,
    /// A page in a frame of the tab's page.
    Iframe,
    Image,
    Script,
    /// `<link rel="prefetch">`.
    Prefetch,
    /// `fetch()` in mode `cors`.
    Fetch(Credentials),
}

/// The `credentials` of `fetch()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    Omit,
    /// The default: cookies are sent only to the page's own origin.
    SameOrigin,
    Include,
}

impl Kind {
    fn mode(self) -> &'static str {
        match self {
            Self::Document | Self::Iframe => "navigate",
            Self::Image | Self::Script | Self::Prefetch => "no-cors",
            Self::Fetch(_) => "cors",
        }
    }

    fn dest(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Iframe => "iframe",
            Self::Image => "image",
            Self::Script => "script",
            Self::Prefetch | Self::Fetch(_) => "empty",
        }
    }

    fn accept(self) -> &'static str {
        match self {
            Self::Document | Self::Iframe => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
            }
            Self::Image => "image/avif,image/webp,image/*,*/*;q=0.8",
            Self::Script | Self::Prefetch | Self::Fetch(_) => "*/*",
        }
    }
}

/// A request to make, including its redirects.
#[derive(Debug, Clone)]
pub struct Load {
    pub kind: Kind,
    pub method: Method,
    pub url: Url,
    pub body: Option<(String, Vec<u8>)>,
    pub headers: HeaderMap,
    /// The page that makes the request; `None` if the user typed the address.
    pub initiator: Option<Url>,
    /// Whether a click or a key started the load.
    pub by_user: bool,
    pub policy: ReferrerPolicy,
    /// What the page allows for its forms, if this is a form.
    pub forms: Option<FormPolicy>,
}

/// The outcome of a load.
#[derive(Debug)]
pub struct Loaded {
    /// Empty only if the first request was blocked.
    pub hops: Vec<Hop>,
    /// The body of the last answer.
    pub body: Vec<u8>,
    /// The address to which the load was not allowed to go.
    pub blocked: Option<Url>,
}

/// A load that no answer ended: the address did not answer, or not to the end.
#[derive(Debug)]
pub struct Unanswered {
    /// The hops before.
    pub hops: Vec<Hop>,
    pub why: String,
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Hop {
    pub method: Method,
    pub url: Url,
    pub request: HeaderMap,
    pub status: StatusCode,
    pub response: HeaderMap,
    /// `Set-Cookie` values that were not kept.
    pub refused: Vec<(String, Refusal)>,
}

impl Hop {
    /// Returns the value of a request header, if it was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.request.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the names of the cookies that were sent, in order.
    pub fn cookies_sent(&self) -> Vec<&str> {
        let pairs = self.sent("cookie").unwrap_or_default().split("; ");
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect()
    }

    /// Returns the value of an answer's header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Load {
    /// Follows redirects to the end, or to where the load is blocked.
    ///
    /// # Errors
    ///
    /// Returns the hops up to an address that does not answer.
    pub async fn run(mut self, shared: &Shared) -> Result<Loaded, Unanswered> {
        let mut hops: Vec<Hop> = Vec::new();
        loop {
            let allows = |forms: &FormPolicy| forms.allows(&self.url, !hops.is_empty());
            if !self.forms.as_ref().is_none_or(allows) {
                return Ok(Loaded { hops, body: Vec::new(), blocked: Some(self.url) });
            }
            let (hop, body) = match self.one(&hops, shared).await {
                Ok(answer) => answer,
                Err(error) => {
                    let why = format!("{} {}: {error:?}", self.method, self.url);
                    return Err(Unanswered { hops, why });
                }
            };
            let target = redirect(&hop);
            if let Some(policy) = ReferrerPolicy::from_headers(&hop.response) {
                self.policy = policy;
            }
            let status = hop.status;
            hops.push(hop);
            let Some(target) = target else { return Ok(Loaded { hops, body, blocked: None }) };
            assert!(hops.len() < MOST_HOPS, "redirected without end:\n{}", trail(&hops));
            // Fetch 4.4 (12): 303 changes every method except HEAD to GET; 301 and 302 change POST.
            let to_get = match status {
                StatusCode::SEE_OTHER => self.method != Method::HEAD,
                StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
                _ => false,
            };
            if to_get {
                self.method = Method::GET;
                self.body = None;
            }
            self.url = target;
        }
    }

    async fn one(&self, before: &[Hop], shared: &Shared) -> reqwest::Result<(Hop, Vec<u8>)> {
        let now = shared.now();
        let membership = self.membership(before, shared);
        let mut headers = self.headers.clone();
        self.describe(&mut headers, before);
        let with_cookies = self.with_cookies(before);
        if with_cookies && let Some(value) = cookie_header(shared, &self.url, membership, now) {
            headers.insert(COOKIE, value);
        }
        let mut request =
            shared.client.request(self.method.clone(), self.url.clone()).headers(headers.clone());
        if let Some((_, body)) = &self.body {
            request = request.body(body.clone());
        }
        let answer = request.send().await?;
        let (status, response) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await?.to_vec();
        let mut refused = Vec::new();
        if with_cookies {
            let mut jar = shared.jar();
            for value in response.get_all(SET_COOKIE) {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                if let Err(reason) = jar.store(&text, &self.url, membership, now) {
                    refused.push((text, reason));
                }
            }
        }
        let method = self.method.clone();
        Ok((Hop { method, url: self.url.clone(), request: headers, status, response, refused }, body))
    }

    /// Returns how this hop relates to the site that it goes to (RFC 6265bis 5.2).
    fn membership(&self, before: &[Hop], shared: &Shared) -> SiteContext {
        let near = |other: &Url| Relation::between(other, &self.url).is_same_site();
        let whole_chain = !shared.whole_chain || before.iter().all(|hop| near(&hop.url));
        let same_site = self.initiator.as_ref().is_none_or(near) && whole_chain;
        match self.kind {
            _ if same_site => SiteContext::SameSite,
            Kind::Document if self.method.is_safe() => SiteContext::CrossSiteSafe,
            Kind::Document => SiteContext::CrossSiteUnsafe,
            Kind::Iframe | Kind::Image | Kind::Script | Kind::Prefetch | Kind::Fetch(_) => {
                SiteContext::CrossSiteBelow
            }
        }
    }

    fn with_cookies(&self, before: &[Hop]) -> bool {
        match self.kind {
            Kind::Fetch(Credentials::Omit) => false,
            Kind::Fetch(Credentials::SameOrigin) => self.furthest(before) == Relation::SameOrigin,
            Kind::Fetch(Credentials::Include)
            | Kind::Document
            | Kind::Iframe
            | Kind::Image
            | Kind::Script
            | Kind::Prefetch => true,
        }
    }

    /// Returns the most distant relation between any address of the chain and the initiator.
    fn furthest(&self, before: &[Hop]) -> Relation {
        let chain = before.iter().map(|hop| &hop.url).chain([&self.url]);
        let from =
            |url| self.initiator.as_ref().map_or(Relation::SameOrigin, |by| Relation::between(by, url));
        chain.map(from).max().unwrap_or(Relation::SameOrigin)
    }

    /// Adds the headers with which a browser describes itself: `Accept`, `Sec-Fetch-*`, `Origin`, `Content-Type`.
    fn describe(&self, headers: &mut HeaderMap, before: &[Hop]) {
        let mut say = |name: &'static str, value: &'static str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        };
        // Fetch Metadata headers are sent only to trustworthy addresses.
        if is_trustworthy(&self.url) {
            let site = if self.initiator.is_some() { self.furthest(before).as_str() } else { "none" };
            say("sec-fetch-site", site);
            say("sec-fetch-mode", self.kind.mode());
            say("sec-fetch-dest", self.kind.dest());
            if self.by_user && self.kind == Kind::Document {
                say("sec-fetch-user", "?1");
            }
        }
        if self.kind == Kind::Prefetch {
            say("sec-purpose", "prefetch");
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(self.kind.accept()));
        if let Some((kind, _)) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        }
        if let Some(origin) = self.origin(before) {
            headers.insert(ORIGIN, HeaderValue::from_str(&origin).unwrap());
        }
    }

    /// Returns the `Origin` of this hop, which is `null` if it must not be revealed (Fetch 3.2).
    fn origin(&self, before: &[Hop]) -> Option<String> {
        let by = self.initiator.as_ref()?;
        let cors = matches!(self.kind, Kind::Fetch(_)) && self.furthest(before) != Relation::SameOrigin;
        if self.method.is_safe() && !cors {
            return None;
        }
        let named = matches!(self.kind, Kind::Fetch(_)) || self.policy.names_origin(by, &self.url);
        Some(if named && !self.is_tainted(before) {
            by.origin().ascii_serialization()
        } else {
            "null".to_owned()
        })
    }

    /// Returns whether the request was redirected from one origin to another. Fetch 2.2.5 ("redirect-taint") allows a
    /// first step that leaves the initiator's origin. For navigations, Chromium does not allow it.
    fn is_tainted(&self, before: &[Hop]) -> bool {
        let own = self.initiator.as_ref().filter(|_| matches!(self.kind, Kind::Fetch(_))).map(Url::origin);
        let targets = before.iter().skip(1).map(|hop| &hop.url).chain([&self.url]);
        before.iter().zip(targets).any(|(from, to)| {
            let from = from.url.origin();
            from != to.origin() && own.as_ref() != Some(&from)
        })
    }
}

/// Returns one line for each hop, for messages.
pub fn trail(hops: &[Hop]) -> String {
    let lines = hops.iter().map(|hop| {
        let location = hop.header("location").map(|to| format!(" -> {to}")).unwrap_or_default();
        format!("  {} {} {}{location}\n", hop.method, hop.url, hop.status.as_u16())
    });
    lines.collect()
}

fn cookie_header(
    shared: &Shared,
    url: &Url,
    membership: SiteContext,
    now: SystemTime,
) -> Option<HeaderValue> {
    let jar = shared.jar();
    let pairs: Vec<_> =
        jar.matching(url, membership, now).iter().map(|c| format!("{}={}", c.name, c.value)).collect();
    (!pairs.is_empty()).then(|| HeaderValue::from_str(&pairs.join("; ")).unwrap())
}

fn redirect(hop: &Hop) -> Option<Url> {
    if !matches!(hop.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = hop.response.get(LOCATION)?;
    let target = location.to_str().ok().and_then(|to| hop.url.join(to).ok());
    match target {
        Some(target) if matches!(target.scheme(), "http" | "https") => Some(target),
        _ => panic!("a redirect to {location:?}:\n{}", trail(std::slice::from_ref(hop))),
    }
}
