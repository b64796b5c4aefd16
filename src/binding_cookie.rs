//! The binding cookie: the credential of an app session that has no id.
//!
//! An app session that is a signed cookie or a JWT without a refresh family has no id. For such a viewer
//! ([`Viewer::WithoutSessionId`](crate::Viewer::WithoutSessionId)) the browser keeps a random secret of ours. The
//! credential is a digest of the secret and of the account, so that the cookie of one account opens nothing for another
//! account that signs in to the app in the same browser.
//!
//! The cookie is set when an SSO login begins. A request without it, with two of them, or with a value that is not a
//! secret of ours has no credential, and therefore no SSO session.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tower_sso_core::{AccountId, Credential, Digest, LookupError, Secret, internal::random_token};

use crate::{address::Addresses, cookie};

/// How long a browser keeps the cookie after the last SSO login. Browsers keep no cookie for longer than 400 days
/// (RFC 6265bis §5.5). The SSO sessions expire long before.
const LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The length of a secret: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

/// How many cookies of the name a sign-out reads.
const MAX_COOKIES: usize = 8;

/// The secret in a browser's binding cookie.
pub(crate) struct BindingSecret(Secret<String>);

impl BindingSecret {
    /// Makes the secret of a browser that has none yet.
    pub(crate) fn new() -> Result<Self, LookupError> {
        Ok(Self(random_token()?))
    }

    /// Reads the secret of the request's browser.
    pub(crate) fn read(headers: &HeaderMap, addresses: &Addresses) -> Option<Self> {
        Some(Self(Secret::new(value(headers, addresses)?.to_owned())))
    }

    /// Returns the credential of the account in this browser.
    pub(crate) fn credential(&self, account: &AccountId) -> Credential {
        credential_of(self.0.expose(), account)
    }

    /// Returns the `Set-Cookie` header that gives the secret to the browser, or prolongs the cookie.
    pub(crate) fn set_cookie(&self, addresses: &Addresses) -> Result<HeaderValue, LookupError> {
        cookie::set(addresses, name(addresses), self.0.expose(), LIFETIME)
    }
}

#[cfg(feature = "testing")]
impl BindingSecret {
    /// Returns the cookie as a browser sends it.
    pub(crate) fn sent_cookie(&self, addresses: &Addresses) -> String {
        format!("{}={}", name(addresses), self.0.expose())
    }
}

/// Returns the credential that the request's browser has for the account.
pub(crate) fn credential(
    headers: &HeaderMap,
    addresses: &Addresses,
    account: &AccountId,
) -> Option<Credential> {
    Some(credential_of(value(headers, addresses)?, account))
}

/// Returns every credential that the account may have in the request's browser. If the cookie occurs twice, the request
/// has no credential; a sign-out ends the SSO sessions of both.
pub(crate) fn credentials_to_end(
    headers: &HeaderMap,
    addresses: &Addresses,
    account: &AccountId,
) -> Vec<Credential> {
    let secrets = cookie::values(headers, name(addresses)).filter(|value| is_secret(value));
    secrets.take(MAX_COOKIES).map(|secret| credential_of(secret, account)).collect()
}

/// Returns the `Set-Cookie` header that removes the secret from the browser.
pub(crate) fn removal(addresses: &Addresses) -> Result<HeaderValue, LookupError> {
    cookie::set(addresses, name(addresses), "", Duration::ZERO)
}

fn value<'a>(headers: &'a HeaderMap, addresses: &Addresses) -> Option<&'a str> {
    cookie::value(headers, name(addresses)).filter(|value| is_secret(value))
}

/// Returns whether the value has the form of a secret of ours.
fn is_secret(value: &str) -> bool {
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    value.len() == SECRET_LENGTH && value.bytes().all(base64url)
}

fn credential_of(secret: &str, account: &AccountId) -> Credential {
    Credential::session(Digest::of("tower-sso binding cookie", &[secret, account.as_str()]).to_string())
}

/// Returns the name of the cookie, as [`cookie::name`] does, without allocating: every request of such a viewer needs it.
fn name(addresses: &Addresses) -> &'static str {
    if addresses.is_https() { "__Host-sso_binding" } else { "sso_binding" }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn addresses(base: &str) -> Addresses {
        Addresses::parse(base, "/sso").unwrap()
    }

    fn cookies(values: &[&str]) -> HeaderMap {
        values.iter().map(|it| (header::COOKIE, HeaderValue::from_str(it).unwrap())).collect()
    }

    /// Stores keep the credential: another version of this crate must find the same one.
    #[test]
    fn the_binding_cookie_and_its_credential_do_not_change() {
        let here = addresses("https://hub.example");
        let secret = BindingSecret(Secret::new("A".repeat(SECRET_LENGTH)));
        let expected = format!(
            "__Host-sso_binding={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000",
            "A".repeat(SECRET_LENGTH)
        );
        assert_eq!(secret.set_cookie(&here).unwrap(), expected);
        let expected = Credential::session("GBXZlfLJ7MuzIW8FyUOttyhH8c628E1MTCrxVzSVc30");
        assert_eq!(secret.credential(&"ada".into()), expected);
        let gone = "__Host-sso_binding=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";
        assert_eq!(removal(&here).unwrap(), gone);
        for base in ["https://hub.example", "http://127.0.0.1:8080"] {
            assert_eq!(name(&addresses(base)), cookie::name(&addresses(base), "sso_binding"));
        }
    }

    #[test]
    fn a_binding_cookie_that_is_absent_malformed_or_repeated_is_no_credential() {
        let here = addresses("https://hub.example");
        let (ada, bob) = (AccountId::new("ada"), AccountId::new("bob"));
        let found = |values: &[&str]| credential(&cookies(values), &here, &ada);
        let secret = "aZ0-_".repeat(9)[..SECRET_LENGTH].to_owned();
        let sent = format!("__Host-sso_binding={secret}");
        let expected = found(&[&sent]);
        assert!(expected.is_some());
        assert_eq!(found(&[&format!("a=b; {sent}; c=d")]), expected);
        assert_eq!(
            BindingSecret::read(&cookies(&[&sent]), &here).unwrap().credential(&ada),
            expected.unwrap()
        );
        for none in [
            vec![],
            vec!["__Host-sso_binding=".to_owned()],
            vec!["__Host-sso_binding".to_owned()],
            vec![sent[..sent.len() - 1].to_owned()],
            vec![format!("{sent}A")],
            vec![format!("{}.", &sent[..sent.len() - 1])],
            vec![format!("\"{sent}\"")],
            // A cookie without the prefix can come from a neighboring host.
            vec![sent.replace("__Host-", "")],
            vec![format!("{sent}; {sent}")],
            vec![sent.clone(), format!("__Host-sso_binding={}", "B".repeat(SECRET_LENGTH))],
        ] {
            let values: Vec<_> = none.iter().map(String::as_str).collect();
            assert_eq!(found(&values), None, "{values:?}");
        }
        // Another account in the same browser, and another browser.
        assert_ne!(credential(&cookies(&[&sent]), &here, &bob), found(&[&sent]));
        assert_ne!(BindingSecret::new().unwrap().credential(&ada), found(&[&sent]).unwrap());
    }

    #[test]
    fn a_sign_out_ends_the_credentials_of_all_binding_cookies() {
        let here = addresses("https://hub.example");
        let secrets = ["A", "B"].map(|it| it.repeat(SECRET_LENGTH));
        let sent = secrets.each_ref().map(|it| format!("__Host-sso_binding={it}"));
        let headers = cookies(&[&sent[0], &format!("{}; __Host-sso_binding=malformed", sent[1])]);
        let expected = secrets.map(|it| BindingSecret(Secret::new(it)).credential(&"ada".into()));
        assert_eq!(credentials_to_end(&headers, &here, &"ada".into()), expected);
    }
}
