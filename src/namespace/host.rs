//! Host patterns: the organization is the first label of the host, `{org}.hub.example`.
//!
//! This is the only code that reads `Host`. A host that is neither the base host nor one label below it is refused: it
//! never counts as outside. Otherwise a forged host, or another spelling of an organization's own host, would open the
//! organization's content without a decision.

use http::{HeaderMap, Uri, header};
use tower_sso_core::{ConfigError, OrgSlug};

use crate::{namespace::matching::NamespaceMatch, request_head::RequestHead, return_to::is_label};

const NO_HOST: &str = "the request names no host";
const TWO_HOSTS: &str = "the request names two hosts, or has two Host headers";
const NOT_OURS: &str = "the host is neither the base host nor one label below it";

/// The pattern `{org}.hub.example`.
#[derive(Clone, Debug)]
pub(crate) struct HostPattern {
    /// The base host, in lower case: `hub.example`.
    base: Box<str>,
}

impl HostPattern {
    pub(crate) fn parse(pattern: &str) -> Result<Self, ConfigError> {
        let base = pattern.strip_prefix("{org}.").unwrap_or_default();
        if base.len() <= 253 && base.split('.').all(is_label) {
            return Ok(Self { base: base.to_ascii_lowercase().into() });
        }
        let problem = format!(
            "expected a host with the organization as its first label, such as \"{{org}}.hub.example\", found {pattern:?}"
        );
        Err(ConfigError::new("namespace", problem))
    }

    /// Returns the base host, which belongs to no organization.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Reads the organization from the host of a request. The port and the case do not matter.
    pub(crate) fn read(&self, head: RequestHead<'_>) -> NamespaceMatch {
        let host = match host_of(head) {
            Ok(host) => host,
            Err(why) => return NamespaceMatch::Unclear(why),
        };
        if host.eq_ignore_ascii_case(&self.base) {
            return NamespaceMatch::Outside;
        }
        match self.label_in(host) {
            Some(label) if label.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                NamespaceMatch::Organization(OrgSlug::new(label.to_ascii_lowercase()))
            }
            Some(label) => NamespaceMatch::Organization(OrgSlug::new(label)),
            None => NamespaceMatch::Unclear(NOT_OURS),
        }
    }

    /// Returns the label before the base host.
    fn label_in<'h>(&self, host: &'h str) -> Option<&'h str> {
        let (label, base) = host.split_once('.')?;
        (base.eq_ignore_ascii_case(&self.base) && is_label(label)).then_some(label)
    }
}

/// Returns the host of a request, without its port. HTTP/2 sends it as `:authority` and HTTP/1.1 as `Host`, or both in
/// the request line and as `Host`. If they differ, a proxy may have read the one and the handler may read the other.
fn host_of(head: RequestHead<'_>) -> Result<&str, &'static str> {
    let original = head.extensions.get::<axum::extract::OriginalUri>().map(|original| &original.0);
    let authorities = [Some(head.uri), original].into_iter().flatten().filter_map(Uri::authority);
    let mut found = None;
    for named in authorities.map(|authority| Ok(authority.as_str())).chain(host_header(head.headers)) {
        let host = without_port(named?)?;
        match found {
            Some(other) if !host.eq_ignore_ascii_case(other) => return Err(TWO_HOSTS),
            Some(_) | None => found = Some(host),
        }
    }
    found.ok_or(NO_HOST)
}

/// Returns the header `Host`, if there is one. Two are an error, even if they are equal (RFC 9112 §3.2).
fn host_header(headers: &HeaderMap) -> Option<Result<&str, &'static str>> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?;
    Some(match hosts.next() {
        Some(_) => Err(TWO_HOSTS),
        None => host.to_str().map_err(|_| NOT_OURS),
    })
}

/// Removes the port. A user name, an IPv6 address and an empty port are refused.
fn without_port(authority: &str) -> Result<&str, &'static str> {
    match authority.split_once(':') {
        None => Ok(authority),
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(host),
        Some(_) => Err(NOT_OURS),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::OriginalUri;
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn read(uri: &str, hosts: &[&str]) -> NamespaceMatch {
        let request = hosts.iter().fold(Request::get(uri), |request, host| request.header("host", *host));
        HostPattern::parse("{org}.hub.example").unwrap().read((&request.body(()).unwrap()).into())
    }

    fn slug(text: &str) -> NamespaceMatch {
        NamespaceMatch::Organization(OrgSlug::new(text))
    }

    #[test]
    fn the_organization_is_the_label_before_the_base_host() {
        for (host, expected) in [
            ("hub.example", NamespaceMatch::Outside),
            ("HUB.Example:8443", NamespaceMatch::Outside),
            ("acme.hub.example", slug("acme")),
            ("ACME.Hub.Example", slug("acme")),
            ("acme.hub.example:8443", slug("acme")),
            ("xn--bcher-kva.hub.example", slug("xn--bcher-kva")),
            ("a-1.hub.example", slug("a-1")),
        ] {
            assert_eq!(read("/", &[host]), expected, "{host}");
            assert_eq!(read(&format!("https://{host}/"), &[]), expected, ":authority {host}");
            assert_eq!(read(&format!("https://{host}/"), &[host]), expected, "both {host}");
        }
    }

    #[test]
    fn a_host_that_is_not_ours_is_refused_and_never_outside() {
        for host in [
            "",
            "example",
            "evil.example",
            "acme.hub.example.evil.com",
            "acme.hub.example.",
            "hub.example.",
            ".hub.example",
            "a.acme.hub.example",
            "acmehub.example",
            "xhub.example",
            "acme.hub.example:",
            "acme.hub.example:x",
            "acme.hub.example:80:80",
            "hub.example:80@evil.example",
            "ada@acme.hub.example",
            "ada:80@acme.hub.example",
            "acme_.hub.example",
            "-acme.hub.example",
            "acme-.hub.example",
            "ac%6de.hub.example",
            "acme hub.example",
            "acme.hub.example, initech.hub.example",
            "acme.hub.example/x",
            "127.0.0.1",
            "[::1]:80",
            "b\u{fc}cher.hub.example",
            "acme\u{3002}hub.example",
        ] {
            assert!(matches!(read("/", &[host]), NamespaceMatch::Unclear(_)), "{host:?}");
        }
        assert_eq!(read("/", &[]), NamespaceMatch::Unclear(NO_HOST));
    }

    #[test]
    fn two_hosts_are_refused() {
        let same = ["acme.hub.example"; 2];
        let two = ["acme.hub.example", "initech.hub.example"];
        let with_base = ["acme.hub.example", "hub.example"];
        for hosts in [same, two, with_base] {
            assert_eq!(read("/", &hosts), NamespaceMatch::Unclear(TWO_HOSTS), "{hosts:?}");
        }
        for (authority, host, expected) in [
            ("acme.hub.example", "ACME.hub.example:80", slug("acme")),
            ("hub.example", "hub.example", NamespaceMatch::Outside),
            ("acme.hub.example", "initech.hub.example", NamespaceMatch::Unclear(TWO_HOSTS)),
            ("hub.example", "acme.hub.example", NamespaceMatch::Unclear(TWO_HOSTS)),
            ("acme.hub.example", "hub.example", NamespaceMatch::Unclear(TWO_HOSTS)),
        ] {
            assert_eq!(read(&format!("https://{authority}/"), &[host]), expected, "{authority} {host}");
        }
    }

    #[test]
    fn the_uri_that_the_client_sent_counts_after_a_rewrite() {
        let pattern = HostPattern::parse("{org}.hub.example").unwrap();
        for (now, expected) in [
            ("https://acme.hub.example/x", slug("acme")),
            ("/x", slug("acme")),
            ("https://hub.example/x", NamespaceMatch::Unclear(TWO_HOSTS)),
        ] {
            let original = OriginalUri("https://acme.hub.example/api/x".parse().unwrap());
            let request = Request::get(now).extension(original).body(()).unwrap();
            assert_eq!(pattern.read((&request).into()), expected, "{now}");
        }
    }

    #[test]
    fn only_a_pattern_with_a_base_host_is_accepted() {
        assert_eq!(HostPattern::parse("{org}.Hub.Example").unwrap().base(), "hub.example");
        for bad in [
            "",
            "{org}",
            "{org}.",
            "hub.example",
            "x.{org}.hub.example",
            "{org}.hub.example.",
            "{org}.hub.example:80",
            "{org}.*.example",
            "{tenant}.hub.example",
            "{org}-x.hub.example",
        ] {
            assert_eq!(HostPattern::parse(bad).unwrap_err().field(), "namespace", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn only_the_base_host_itself_is_outside(host in "([a-zA-Z0-9.:@-]|hub\\.example|acme){0,6}") {
            let Ok(value) = http::HeaderValue::from_str(&host) else { return Ok(()) };
            let request = Request::get("/").header("host", value).body(()).unwrap();
            let found = HostPattern::parse("{org}.hub.example").unwrap().read((&request).into());
            let name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
            match found {
                NamespaceMatch::Outside => prop_assert_eq!(name, "hub.example"),
                NamespaceMatch::Organization(slug) => prop_assert_eq!(name, format!("{slug}.hub.example")),
                NamespaceMatch::Unclear(_) => {}
                NamespaceMatch::Misplaced(why) => prop_assert!(false, "{}", why),
            }
        }
    }
}
