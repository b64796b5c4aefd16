//! Binds an SSO login to the browser that began it, by a secret in a cookie. It is used for people without an account:
//! they have no credential to which the SSO login could be bound.
//!
//! Without this, an attacker could make another person's browser open the last step of the attacker's SSO login. That
//! person would then continue as the attacker (RFC 9700 §4.7).

use std::time::Duration;

use http::HeaderValue;
use tower_sso_core::{Digest, LookupError, Secret, internal::random_token};

use crate::{address::Addresses, cookie, request_head::RequestHead};

/// A secret that a browser keeps in a cookie. Each SSO login has a new one.
pub(crate) struct BrowserSecret(Secret<String>);

impl BrowserSecret {
    pub(crate) fn new() -> Result<Self, LookupError> {
        Ok(Self(random_token()?))
    }

    /// Returns the digest, which is what the server stores.
    pub(crate) fn digest(&self) -> Digest {
        digest(self.0.expose())
    }

    /// Returns the `Set-Cookie` header that gives the secret to the browser.
    pub(crate) fn set_cookie(
        &self,
        addresses: &Addresses,
        lifetime: Duration,
    ) -> Result<HeaderValue, LookupError> {
        cookie::set(addresses, &name(addresses, &self.digest()), self.0.expose(), lifetime)
    }
}

/// Returns whether a request comes from the browser that has the secret with this digest.
pub(crate) fn is_from(head: RequestHead<'_>, addresses: &Addresses, browser: &Digest) -> bool {
    cookie::value(head.headers, &name(addresses, browser))
        .is_some_and(|value| Secret::new(*digest(value).as_bytes()).matches(browser.as_bytes()))
}

/// Returns the `Set-Cookie` header that removes the secret from the browser.
pub(crate) fn forget_cookie(addresses: &Addresses, browser: &Digest) -> Result<HeaderValue, LookupError> {
    cookie::set(addresses, &name(addresses, browser), "", Duration::ZERO)
}

fn digest(value: &str) -> Digest {
    Digest::of("tower-sso browser", &[value])
}

/// Returns the name of the cookie. The name contains part of the digest, so that two tabs do not overwrite each
/// other's cookie.
fn name(addresses: &Addresses, browser: &Digest) -> String {
    cookie::name(addresses, &format!("sso_join_{:.16}", browser.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_join_cookie_does_not_change() {
        let browser = BrowserSecret(Secret::new("value".to_owned()));
        let addresses = Addresses::parse("https://hub.example", "/sso").unwrap();
        let set = browser.set_cookie(&addresses, Duration::from_secs(600)).unwrap();
        assert_eq!(
            set,
            "__Host-sso_join_Ojubcb7m_Lg2M9Cf=value; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600"
        );
        assert_eq!(browser.digest().to_string(), "Ojubcb7m_Lg2M9CfdVR9mCsX6WQQ9diipBJFyt1ohgk");
    }
}
