//! What the content security policies of a page allow for its forms: the directive `form-action` (CSP 3 §6.4.1). Like
//! Chromium, it checks where a form is sent and every redirect that answers it.

use url::Url;

use super::{page::Page, site::Relation};

/// The source lists of a page's `form-action` directives, one for each policy that has one. All of them must allow the
/// address.
#[derive(Debug, Clone)]
pub struct FormPolicy {
    page: Url,
    lists: Vec<Vec<String>>,
}

impl FormPolicy {
    pub fn of(page: &Page) -> Self {
        let headers = page.headers.get_all("content-security-policy").iter();
        let headers = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let metas = page.document.metas.iter().filter(|(name, _)| name == "content-security-policy");
        let policies = headers.chain(metas.map(|(_, policy)| policy.as_str()));
        Self { page: page.url.clone(), lists: policies.filter_map(form_action).collect() }
    }

    /// Returns whether a form may be sent or redirected to an address.
    pub fn allows(&self, url: &Url, redirected: bool) -> bool {
        self.lists.iter().all(|list| list.iter().any(|source| self.matches(source, url, redirected)))
    }

    /// Returns whether an address matches a source (CSP 3 §6.7.2.8).
    fn matches(&self, source: &str, url: &Url, redirected: bool) -> bool {
        match source {
            "*" => matches!(url.scheme(), "http" | "https") || url.scheme() == self.page.scheme(),
            "'self'" => Relation::between(&self.page, url) == Relation::SameOrigin,
            // Other keywords, nonces and hashes do not match addresses.
            _ if source.starts_with('\'') => false,
            _ => match source.strip_suffix(':').filter(|scheme| !scheme.contains(['.', '/', ':', '*'])) {
                Some(scheme) => is_scheme(scheme, url),
                None => self.matches_host(source, url, redirected),
            },
        }
    }

    /// The same for a source that names a host: `[scheme://]host[:port][/path]`.
    fn matches_host(&self, source: &str, url: &Url, redirected: bool) -> bool {
        let (scheme, rest) = source.split_once("://").unwrap_or((self.page.scheme(), source));
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
        let here = url.host_str().unwrap_or_default();
        let is_host = match host.strip_prefix('*') {
            Some("") => true,
            Some(end) => here.ends_with(end) && here.len() > end.len(),
            None => here.eq_ignore_ascii_case(host),
        };
        let is_port = match port {
            "*" => true,
            "" => url.port().is_none(),
            port => url.port_or_known_default() == port.parse().ok(),
        };
        // A redirect must not reveal which path another site led to.
        let is_path = redirected
            || match path {
                "" | "/" => true,
                path if path.ends_with('/') => url.path().starts_with(path),
                path => url.path() == path,
            };
        is_scheme(scheme, url) && is_host && is_port && is_path
    }
}

/// Returns the sources of a policy's first `form-action`.
fn form_action(policy: &str) -> Option<Vec<String>> {
    let mut directives = policy.split(';').map(str::split_ascii_whitespace);
    directives.find_map(|mut words| {
        let is_it = words.next()?.eq_ignore_ascii_case("form-action");
        is_it.then(|| words.map(str::to_ascii_lowercase).collect())
    })
}

/// Returns whether the scheme matches. What is allowed without encryption is also allowed with it (CSP 3 §6.7.2.9).
fn is_scheme(scheme: &str, url: &Url) -> bool {
    url.scheme() == scheme || (scheme == "http" && url.scheme() == "https")
}
