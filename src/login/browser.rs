//! Ties an SSO login to the browser that began it, where there is no credential to tie it to.
//!
//! Whoever can make a browser open the end of somebody else's SSO login would otherwise have its user go on as that person
//! (RFC 9700 §4.7).

use std::time::Duration;

use http::HeaderValue;

use crate::{
    LookupError, RequestHead, Secret, address::Addresses, cookie, digest::random_token, store::Digest,
};

/// What the browser keeps in a cookie, once for each SSO login.
pub(super) struct Browser(Secret<String>);

impl Browser {
    pub(super) fn new() -> Result<Self, LookupError> {
        Ok(Self(random_token()?))
    }

    /// What the server keeps.
    pub(super) fn digest(&self) -> Digest {
        digest(self.0.expose())
    }

    /// The `Set-Cookie` that gives it to the browser.
    pub(super) fn set(&self, addresses: &Addresses, lifetime: Duration) -> Result<HeaderValue, LookupError> {
        cookie::set(addresses, &name(addresses, &self.digest()), self.0.expose(), lifetime)
    }
}

/// Whether a request comes from the browser that was given this one.
pub(super) fn is_from(head: RequestHead<'_>, addresses: &Addresses, browser: &Digest) -> bool {
    cookie::value(head.headers, &name(addresses, browser))
        .is_some_and(|value| Secret::new(*digest(value).as_bytes()).matches(browser.as_bytes()))
}

/// The `Set-Cookie` that takes it from the browser: it is of use once.
pub(super) fn forget(addresses: &Addresses, browser: &Digest) -> Result<HeaderValue, LookupError> {
    cookie::set(addresses, &name(addresses, browser), "", Duration::ZERO)
}

fn digest(value: &str) -> Digest {
    Digest::of("tower-sso browser", &[value])
}

/// Each SSO login has a cookie of its own, so that two tabs do not take each other's.
fn name(addresses: &Addresses, browser: &Digest) -> String {
    cookie::name(addresses, &format!("sso_join_{:.16}", browser.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_keeps_its_cookie_under_this_name() {
        let browser = Browser(Secret::new("value".to_owned()));
        let addresses = Addresses::parse("https://hub.example", "/sso").unwrap();
        let set = browser.set(&addresses, Duration::from_secs(600)).unwrap();
        assert_eq!(
            set,
            "__Host-sso_join_Ojubcb7m_Lg2M9Cf=value; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(browser.digest().to_string(), "Ojubcb7m_Lg2M9CfdVR9mCsX6WQQ9diipBJFyt1ohgk");
    }
}
