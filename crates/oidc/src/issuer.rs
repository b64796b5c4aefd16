//! Parses the issuer that an administrator entered into the form that the protocol compares.
//!
//! An issuer is an identifier, not only an address: a slash at the end or another spelling of the host makes it another
//! issuer (OpenID Connect Discovery §4.3). Therefore nothing is normalized, and an issuer that can't be right is
//! refused with a sentence for the administrator. Microsoft Entra's shared issuers, such as `common`, are refused
//! because users of every tenant could log in through them.

use url::Url;

use tower_sso_core::internal::is_https_or_loopback;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Parses an issuer. The path of the discovery document, which administrators often paste along with the issuer, is
/// removed. Nothing else is normalized: issuers are compared character by character (OpenID Connect Discovery §4.3).
///
/// # Errors
///
/// Returns a sentence that says what was expected.
pub(crate) fn parse(given: &str) -> Result<String, String> {
    let text = given.trim();
    let text = text.strip_suffix(DISCOVERY).unwrap_or(text);
    let url = Url::parse(text)
        .map_err(|error| format!("expected an address such as https://login.acme.example: {error}"))?;
    if text.len() > 2048 || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err("expected at most 2048 printable ASCII characters".to_owned());
    }
    if !is_https_or_loopback(&url) {
        return Err("expected https (http only on loopback)".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("expected no query and no fragment (OpenID Connect Discovery §3)".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("expected no user name and no password".to_owned());
    }
    if let Some(tenant) = shared_entra_tenant(&url) {
        return Err(format!(
            "expected the issuer of one tenant, https://login.microsoftonline.com/{{tenant id}}/v2.0: {tenant:?} \
             logs in with SSO users of any tenant, so anyone with a Microsoft account could log in with SSO as a member"
        ));
    }
    Ok(text.to_owned())
}

/// Returns the address of the issuer's discovery document. A trailing slash is removed before the path is appended
/// (OpenID Connect Discovery §4.1).
pub(crate) fn discovery_address(issuer: &str) -> String {
    format!("{}{DISCOVERY}", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// Returns the path segment that means "any of many tenants", if this is one of Microsoft Entra's shared issuers.
fn shared_entra_tenant(url: &Url) -> Option<&str> {
    const HOSTS: [&str; 5] = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.microsoft.com",
        "sts.windows.net",
    ];
    let tenant = url.path_segments()?.next()?;
    let shared =
        ["common", "organizations", "consumers"].iter().any(|name| tenant.eq_ignore_ascii_case(name));
    (shared && HOSTS.contains(&url.host_str()?)).then_some(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_kept_exactly_as_written() {
        for issuer in [
            "https://login.acme.example",
            "https://acme.auth0.example/",
            "https://login.acme.example/oauth2/default",
            "https://login.acme.example:8443/realms/A%20b/",
            "https://login.microsoftonline.com/3f2504e0-4f89-11d3-9a0c-0305e82c3301/v2.0",
            "https://common.acme.example/common",
            "http://localhost:4000",
            "http://127.0.0.1:4000/",
            "http://[::1]:4000",
        ] {
            assert_eq!(parse(issuer).as_deref(), Ok(issuer));
        }
    }

    #[test]
    fn a_pasted_discovery_address_loses_its_path() {
        let issuer = "https://login.microsoftonline.com/3f2504e0-4f89-11d3-9a0c-0305e82c3301/v2.0";
        assert_eq!(parse(&format!(" {issuer}{DISCOVERY}\n")).as_deref(), Ok(issuer));
    }

    #[test]
    fn an_invalid_issuer_is_refused_with_a_reason() {
        for (issuer, reason) in [
            ("", "expected an address"),
            ("login.acme.example", "expected an address"),
            ("http://login.acme.example", "expected https"),
            ("http://127.0.0.1.acme.example", "expected https"),
            ("ftp://localhost", "expected https"),
            ("javascript:alert(1)", "expected https"),
            ("https://login.acme.example?tenant=1", "no query"),
            ("https://login.acme.example#", "no query and no fragment"),
            ("https://user@login.acme.example", "no user name"),
            ("https://login.acme.example/a b", "printable"),
            ("https://login.acme.example/ä", "printable"),
            ("https://login.acme.example\\x", "printable"),
            ("https://login.microsoftonline.com/common/v2.0", "one tenant"),
            ("https://login.microsoftonline.com/Organizations/v2.0", "one tenant"),
            (
                "https://login.microsoftonline.com/consumers/v2.0/.well-known/openid-configuration",
                "one tenant",
            ),
        ] {
            let error = parse(issuer).expect_err(issuer);
            assert!(error.contains(reason), "{issuer:?}: {error}");
        }
    }

    #[test]
    fn an_issuer_of_more_than_2048_characters_is_refused() {
        let longest = format!("https://login.acme.example/{}", "x".repeat(2021));
        assert_eq!(parse(&longest).as_deref(), Ok(longest.as_str()));
        let error = parse(&format!("{longest}x")).expect_err("too long");
        assert!(error.contains("at most 2048"), "{error}");
    }

    #[test]
    fn the_discovery_address_has_one_slash() {
        for issuer in ["https://login.acme.example/a", "https://login.acme.example/a/"] {
            assert_eq!(
                discovery_address(issuer),
                "https://login.acme.example/a/.well-known/openid-configuration"
            );
        }
    }
}
