//! Our own cookies. They belong to this host only, and scripts can't read them.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};
use tower_sso_core::LookupError;

use crate::address::Addresses;

/// Returns the cookie's full name. With TLS it has the prefix `__Host-`, and only this host can set the cookie.
pub(crate) fn name(addresses: &Addresses, name: &str) -> String {
    // On loopback without TLS a browser refuses `Secure` and the prefix that requires it.
    let prefix = if addresses.is_https() { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// Returns the header that sets a cookie.
pub(crate) fn set(
    addresses: &Addresses,
    name: &str,
    value: &str,
    lifetime: Duration,
) -> Result<HeaderValue, LookupError> {
    let cookie = Cookie::build((name, value))
        .path("/")
        .max_age(::cookie::time::Duration::try_from(lifetime)?)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(addresses.is_https());
    Ok(HeaderValue::try_from(cookie.to_string())?)
}

/// Returns the value of the cookie of this name. If there are two cookies of the name, returns `None`.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = values(headers, name);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

/// Returns the value of each cookie of this name.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.filter(move |cookie| cookie.name() == name).filter_map(|cookie| cookie.value_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_cookies_have_the_host_prefix() {
        for (base, expected) in [
            ("https://hub.example", "__Host-x=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600"),
            ("http://127.0.0.1:8080", "x=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"),
        ] {
            let addresses = Addresses::parse(base, "/sso").unwrap();
            let cookie = set(&addresses, &name(&addresses, "x"), "v", Duration::from_secs(600)).unwrap();
            assert_eq!(cookie, expected);
        }
    }

    #[test]
    fn a_cookie_sent_twice_is_ignored() {
        let read = |values: &[&str]| {
            let headers: HeaderMap =
                values.iter().map(|it| (header::COOKIE, HeaderValue::from_str(it).unwrap())).collect();
            value(&headers, "a").map(str::to_owned)
        };
        assert_eq!(read(&["b=1; a=2; aa=3"]).as_deref(), Some("2"));
        assert_eq!(read(&["b=1", "a=2"]).as_deref(), Some("2"));
        for none in [&["b=1"][..], &[], &["a=1; a=1"], &["a=1", "a=2"], &["a"]] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }
}
