//! Origins and sites as browsers tell them apart: another port is another origin, but never another site.

use std::net::IpAddr;

use axum::http::HeaderMap;
use url::{Host, Url};

/// How two addresses are related, nearest first (Fetch Metadata, `Sec-Fetch-Site`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    SameOrigin,
    SameSite,
    CrossSite,
}

impl Relation {
    /// Returns the relation of `a` and `b`, which is the same in both directions.
    pub fn between(a: &Url, b: &Url) -> Self {
        if a.origin() == b.origin() {
            Self::SameOrigin
        } else if site(a) == site(b) {
            Self::SameSite
        } else {
            Self::CrossSite
        }
    }

    pub fn is_same_site(self) -> bool {
        self != Self::CrossSite
    }

    /// Returns the value of `Sec-Fetch-Site`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameSite => "same-site",
            Self::CrossSite => "cross-site",
        }
    }
}

/// Returns the scheme and registrable domain. An IP address, or a name with one label, is its own site. Of longer
/// names, the last two labels count. This is enough for loopback names; the public suffix list is not included.
fn site(url: &Url) -> (String, String) {
    let host = match url.host() {
        Some(Host::Domain(name)) => {
            let labels: Vec<_> = name.rsplit('.').take(2).collect();
            labels.into_iter().rev().collect::<Vec<_>>().join(".")
        }
        Some(address) => address.to_string(),
        None => String::new(),
    };
    (url.scheme().to_owned(), host)
}

/// Returns whether browsers treat the address as secure: `https`, or loopback (Secure Contexts 3.1). Chromium accepts
/// and sends `Secure` and `__Host-` cookies there.
pub fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Returns whether the host is `localhost`, `*.localhost` or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// What a page's referrer policy does to the `Origin` of a request that leaves it. `Referer` itself is never sent here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferrerPolicy {
    NoReferrer,
    SameOrigin,
    /// Every other policy: the origin is kept, except from `https` down to `http`.
    Other,
}

impl ReferrerPolicy {
    /// Returns the last known policy, or `None` if no policy is known (Referrer Policy 8.1).
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all("referrer-policy").iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).filter_map(Self::parse).next_back()
    }

    pub fn parse(token: &str) -> Option<Self> {
        match token.trim().to_ascii_lowercase().as_str() {
            "no-referrer" => Some(Self::NoReferrer),
            "same-origin" => Some(Self::SameOrigin),
            "origin"
            | "origin-when-cross-origin"
            | "strict-origin"
            | "strict-origin-when-cross-origin"
            | "no-referrer-when-downgrade"
            | "unsafe-url" => Some(Self::Other),
            _ => None,
        }
    }

    /// Returns whether a request from `from` to `to` may reveal its origin (Fetch 3.2, "serializing a request origin").
    pub fn names_origin(self, from: &Url, to: &Url) -> bool {
        match self {
            Self::NoReferrer => false,
            Self::SameOrigin => Relation::between(from, to) == Relation::SameOrigin,
            Self::Other => from.scheme() != "https" || to.scheme() == "https",
        }
    }
}
