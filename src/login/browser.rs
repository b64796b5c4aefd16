//! Binds an SSO login to the browser that began it, if there is no credential to bind it to.
//!
//! Without this, an attacker could make another person's browser open the last step of the attacker's SSO login. That
//! person would then continue as the attacker (RFC 9700 §4.7).

use std::time::Duration;

use http::HeaderValue;
use tower_sso_core::{Digest, LookupError, Secret, internal::random_token};

use crate::{address::Addresses, cookie, request_head::RequestHead};

/// The secret that the browser keeps in a cookie, one for each SSO login.
pub(crate) struct Browser(Secret<String>);

impl Browser {
    pub(crate) fn new() -> Result<Self, LookupError> {
        Ok(Self(random_token()?))
    }

    /// Returns the digest that the server keeps.
    pub(crate) fn digest(&self) -> Digest {
        digest(self.0.expose())
    }

    /// Returns the `Set-Cookie` header that gives the secret to the browser.
    pub(crate) fn set(&self, addresses: &Addresses, lifetime: Duration) -> Result<HeaderValue, LookupError> {
        cookie::set(addresses, &name(addresses, &self.digest()), self.0.expose(), lifetime)
    }
}

/// Whether a request comes from the browser that has the secret with this digest.
pub(crate) fn is_from(head: RequestHead<'_>, addresses: &Addresses, browser: &Digest) -> bool {
    cookie::value(head.headers, &name(addresses, browser))
        .is_some_and(|value| Secret::new(*digest(value).as_bytes()).matches(browser.as_bytes()))
}

/// Returns the `Set-Cookie` header that removes the secret from the browser. The secret can be used only once.
pub(crate) fn forget(addresses: &Addresses, browser: &Digest) -> Result<HeaderValue, LookupError> {
    cookie::set(addresses, &name(addresses, browser), "", Duration::ZERO)
}

fn digest(value: &str) -> Digest {
    Digest::of("tower-sso browser", &[value])
}

/// Each SSO login has its own cookie, so that two tabs do not overwrite each other's.
fn name(addresses: &Addresses, browser: &Digest) -> String {
    cookie::name(addresses, &format!("sso_join_{:.16}", browser.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_join_cookie_does_not_change() {
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
