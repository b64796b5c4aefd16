//! The cookie jar: RFC 6265bis as Chromium implements it. The time is an argument.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cookie::{Cookie, SameSite};
use url::{Host, Url};

use super::site::is_trustworthy;

/// A cookie without `SameSite` is `Lax`, but is still sent with a cross-site top-level `POST` while it is younger than
/// this.
const LAX_UNSAFE: Duration = Duration::from_secs(120);
/// Chromium keeps no cookie for longer than this.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// How a request relates to the site that it goes to (RFC 6265bis 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteContext {
    /// From the same site, or without an initiator: a typed address.
    SameSite,
    /// Cross-site, at the top level, with a safe method.
    CrossSiteSafe,
    /// Cross-site, at the top level, with `POST`.
    CrossSiteUnsafe,
    /// Cross-site, below the top level: a frame, an image, a fetch.
    CrossSiteBelow,
}

/// Why a `Set-Cookie` was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unreadable,
    TooLarge,
    /// `Domain` does not include the host.
    Domain,
    /// `Secure` from an address that is not trustworthy.
    NotSecure,
    /// The requirements of the `__Host-` or `__Secure-` prefix are not met.
    Prefix,
    /// `SameSite=None` without `Secure`.
    NoneWithoutSecure,
    /// `SameSite=Lax` or `Strict` in the answer to a cross-site request below the top level.
    CrossSite,
}

/// A cookie that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCookie {
    pub name: String,
    pub value: String,
    pub domain: String,
    pub host_only: bool,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    /// `None` if the attribute is absent.
    pub same_site: Option<SameSite>,
    /// `None` if the cookie lasts until the browser closes.
    pub expires: Option<SystemTime>,
    created: SystemTime,
}

/// All cookies of one browser.
#[derive(Debug, Default)]
pub struct Jar(Vec<StoredCookie>);

impl Jar {
    /// Stores one `Set-Cookie` value from an answer of `url`.
    ///
    /// # Errors
    ///
    /// Returns the reason why a browser would have refused it.
    pub fn store(
        &mut self,
        header: &str,
        url: &Url,
        membership: SiteContext,
        now: SystemTime,
    ) -> Result<(), Refusal> {
        let mut new = parse(header, url, now)?;
        let lax_or_strict = new.same_site != Some(SameSite::None);
        if membership == SiteContext::CrossSiteBelow && lax_or_strict {
            return Err(Refusal::CrossSite);
        }
        let same = |old: &StoredCookie| {
            (&old.name, &old.domain, old.host_only, &old.path)
                == (&new.name, &new.domain, new.host_only, &new.path)
        };
        if let Some(index) = self.0.iter().position(same) {
            new.created = self.0.remove(index).created;
        }
        if !is_over(&new, now) {
            self.0.push(new);
        }
        Ok(())
    }

    /// Returns the cookies that are sent with a request, in the order in which they are sent (RFC 6265bis 5.8.3).
    pub fn matching(&self, url: &Url, membership: SiteContext, now: SystemTime) -> Vec<&StoredCookie> {
        let mut found: Vec<_> = self.of(url, now).filter(|cookie| goes(cookie, membership, now)).collect();
        found.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        found
    }

    /// Returns every cookie that `url` may see, regardless of `SameSite`.
    pub fn of(&self, url: &Url, now: SystemTime) -> impl Iterator<Item = &StoredCookie> {
        let host = host(url);
        let path = url.path().to_owned();
        let secure = is_trustworthy(url);
        self.0.iter().filter(move |cookie| {
            let ours =
                if cookie.host_only { host == cookie.domain } else { domain_matches(&host, &cookie.domain) };
            ours && path_matches(&path, &cookie.path) && (secure || !cookie.secure) && !is_over(cookie, now)
        })
    }

    /// Closes the browser, which removes the cookies without a lifetime.
    pub fn end_session(&mut self) {
        self.0.retain(|cookie| cookie.expires.is_some());
    }

    /// Removes the cookies for which `keep` returns false.
    pub fn retain(&mut self, keep: impl Fn(&StoredCookie) -> bool) {
        self.0.retain(keep);
    }
}

fn parse(header: &str, url: &Url, now: SystemTime) -> Result<StoredCookie, Refusal> {
    let cookie = Cookie::parse(header).map_err(|_| Refusal::Unreadable)?;
    if cookie.name().len() + cookie.value().len() > 4096 {
        return Err(Refusal::TooLarge);
    }
    let secure = cookie.secure().unwrap_or(false);
    if secure && !is_trustworthy(url) {
        return Err(Refusal::NotSecure);
    }
    if cookie.same_site() == Some(SameSite::None) && !secure {
        return Err(Refusal::NoneWithoutSecure);
    }
    let (domain, host_only) = domain(cookie.domain(), url)?;
    let said_path = cookie.path().filter(|path| path.starts_with('/'));
    let path = said_path.map_or_else(|| default_path(url.path()), str::to_owned);

    let prefix = cookie.name().to_ascii_lowercase();
    let host_promise = secure && cookie.domain().is_none() && said_path == Some("/");
    if (prefix.starts_with("__secure-") && !secure) || (prefix.starts_with("__host-") && !host_promise) {
        return Err(Refusal::Prefix);
    }
    let expires = match (cookie.max_age(), cookie.expires_datetime()) {
        (Some(age), _) => Some(now + Duration::from_secs(age.whole_seconds().max(0).unsigned_abs())),
        (None, Some(at)) => Some(UNIX_EPOCH + Duration::from_secs(at.unix_timestamp().max(0).unsigned_abs())),
        (None, None) => None,
    };
    Ok(StoredCookie {
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
        domain,
        host_only,
        path,
        secure,
        http_only: cookie.http_only().unwrap_or(false),
        same_site: cookie.same_site(),
        expires: expires.map(|at| at.min(now + LONGEST)),
        created: now,
    })
}

/// Returns the domain of a cookie, and whether the cookie is for that host only.
fn domain(said: Option<&str>, url: &Url) -> Result<(String, bool), Refusal> {
    let host = host(url);
    let Some(said) = said.map(|said| said.trim_start_matches('.').to_ascii_lowercase()) else {
        return Ok((host, true));
    };
    // An address, or a name with one label, which is a public suffix, matches only itself.
    let narrow = !matches!(url.host(), Some(Host::Domain(_))) || !said.contains('.');
    match (said == host, narrow) {
        (true, true) => Ok((host, true)),
        (false, true) => Err(Refusal::Domain),
        (_, false) if domain_matches(&host, &said) => Ok((said, false)),
        (_, false) => Err(Refusal::Domain),
    }
}

fn goes(cookie: &StoredCookie, membership: SiteContext, now: SystemTime) -> bool {
    let young = || now.duration_since(cookie.created).is_ok_and(|age| age < LAX_UNSAFE);
    match (membership, cookie.same_site) {
        (SiteContext::SameSite, _) | (_, Some(SameSite::None)) => true,
        (_, Some(SameSite::Strict)) | (SiteContext::CrossSiteBelow, _) => false,
        (SiteContext::CrossSiteSafe, Some(SameSite::Lax) | None) => true,
        (SiteContext::CrossSiteUnsafe, Some(SameSite::Lax)) => false,
        (SiteContext::CrossSiteUnsafe, None) => young(),
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

fn is_over(cookie: &StoredCookie, now: SystemTime) -> bool {
    cookie.expires.is_some_and(|at| at <= now)
}
