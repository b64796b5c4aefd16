//! The addresses of a provider: which ones the operator may set, and which ones the provider's documents may name.

use std::fmt;

use url::Url;

use crate::loopback::names_loopback;

/// The maximum length of an address, in bytes.
const MAX_ADDRESS_BYTES: usize = 2048;
/// How much of a refused address an error shows, in characters.
const MAX_SHOWN_CHARS: usize = 200;

/// Who named an address. This decides whether the address may be `http` on loopback.
#[derive(Clone, Copy, Debug)]
pub enum NamedBy<'a> {
    /// The operator, in the connection's settings. The operator may choose `http` on loopback.
    Operator,
    /// A document of the provider. The text is what the operator knows that provider by: its issuer, the address of
    /// its metadata, or, for metadata in a file, its entity ID.
    Provider(&'a str),
}

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// It is not an absolute URL of printable ASCII characters, is too long, or has a fragment.
    Malformed(String),
    /// It is neither `https` nor `http` on loopback.
    Insecure(String),
    /// It is `http` on loopback, and the provider that names it is known by an address elsewhere.
    ForeignLoopback(String),
    /// It has a user name or a password, or no `//`. Different parsers read different hosts from such an address.
    Misleading(String),
}

/// Parses an address of a provider that the app connects to, or that a browser is sent to.
///
/// The address must be `https`. `http` is accepted only on loopback, and only if the operator chose it: by setting
/// this very address, or by setting a provider that is itself on loopback. Otherwise the document of an `https`
/// provider could make the app post a code and the client's secret to any program that listens on its machine.
///
/// Whether an `https` address may be private is decided when connecting, after DNS.
///
/// # Errors
///
/// Returns the [`AddressProblem`] that applies.
pub fn provider_address(text: &str, named_by: NamedBy<'_>) -> Result<Url, AddressProblem> {
    let url = Url::parse(text).map_err(|error| AddressProblem::Malformed(error.to_string()))?;
    let shown = || format!("found {:?}", text.chars().take(MAX_SHOWN_CHARS).collect::<String>());
    if !is_https_or_loopback(&url) {
        return Err(AddressProblem::Insecure(shown()));
    }
    // RFC 6749 §3.1 and §3.2: no fragment.
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= MAX_ADDRESS_BYTES;
    if url.fragment().is_some() || !plain {
        return Err(AddressProblem::Malformed(shown()));
    }
    // A browser on one of our pages reads `https:/x` as a path of our own site (WHATWG URL §4.4).
    let has_authority = text.get(url.scheme().len()..).is_some_and(|rest| rest.starts_with("://"));
    // RFC 9110 §4.2.4: a user name in an address from an untrusted source is treated as an error.
    if !has_authority || !url.username().is_empty() || url.password().is_some() {
        return Err(AddressProblem::Misleading(shown()));
    }
    match named_by {
        NamedBy::Provider(known_by) if url.scheme() == "http" && !is_on_loopback(known_by) => {
            let problem = format!("{}, named by {known_by:?}", shown());
            Err(AddressProblem::ForeignLoopback(problem))
        }
        NamedBy::Provider(_) | NamedBy::Operator => Ok(url),
    }
}

/// Returns whether the address is `https`, or `http` on loopback.
pub fn is_https_or_loopback(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => names_loopback(url),
        _ => false,
    }
}

/// Returns whether what the operator knows a provider by is an address on loopback. An entity ID need not be an
/// address.
fn is_on_loopback(known_by: &str) -> bool {
    Url::parse(known_by).is_ok_and(|url| is_https_or_loopback(&url) && names_loopback(&url))
}

impl AddressProblem {
    /// Chooses between the kind for an address that is not secure, and the one for a document that lacks required
    /// content.
    pub fn kind<K>(&self, insecure: K, invalid: K) -> K {
        match self {
            Self::Malformed(_) | Self::Misleading(_) => invalid,
            Self::Insecure(_) | Self::ForeignLoopback(_) => insecure,
        }
    }
}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(found) => {
                write!(
                    f,
                    "expected an absolute URL of at most {MAX_ADDRESS_BYTES} printable ASCII characters without a fragment, {found}"
                )
            }
            Self::Insecure(found) => write!(f, "expected https (http only on loopback), {found}"),
            Self::ForeignLoopback(found) => {
                write!(f, "expected https: only a provider on loopback may name http on loopback, {found}")
            }
            Self::Misleading(found) => {
                write!(f, "expected \"https://\" and a host, without a user name or password, {found}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: NamedBy<'_> = NamedBy::Provider("https://login.acme.example");
    const LOCAL: NamedBy<'_> = NamedBy::Provider("http://127.0.0.1:8080");

    fn taken(text: &str, named_by: NamedBy<'_>) -> bool {
        match provider_address(text, named_by) {
            Ok(url) => {
                assert_eq!(url, Url::parse(text).expect(text));
                true
            }
            Err(AddressProblem::ForeignLoopback(_)) => false,
            Err(other) => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn http_on_loopback_is_allowed_only_for_operators_and_local_providers() {
        for address in ["http://127.0.0.1:9/token", "http://localhost/token", "http://[::1]:9/token"] {
            for (named_by, expected) in [
                (NamedBy::Operator, true),
                (LOCAL, true),
                (NamedBy::Provider("http://localhost:8080/realms/acme"), true),
                (NamedBy::Provider("http://[::1]/"), true),
                (NamedBy::Provider("https://localhost:8443"), true),
                (PUBLIC, false),
                (NamedBy::Provider("https://10.0.0.1"), false),
                (NamedBy::Provider("https://localhost.acme.example"), false),
                (NamedBy::Provider("http://localhost@login.acme.example"), false),
                (NamedBy::Provider("urn:acme:localhost"), false),
                (NamedBy::Provider("localhost"), false),
                (NamedBy::Provider(""), false),
            ] {
                assert_eq!(taken(address, named_by), expected, "{address} {named_by:?}");
                // The accepted counterpart: with https, anyone may name the same address.
                assert!(taken(&address.replace("http:", "https:"), named_by));
            }
        }
    }

    #[test]
    fn an_https_address_is_accepted_on_any_network() {
        for address in [
            "https://login.acme.example/sso?tenant=1",
            "HTTPS://login.acme.example",
            "https://127.0.0.1/token",
            "https://localhost:8443/token",
            "https://10.0.0.1/token",
            "https://[fd00::1]/token",
        ] {
            for named_by in [NamedBy::Operator, PUBLIC, LOCAL] {
                assert!(taken(address, named_by), "{address} {named_by:?}");
            }
        }
    }

    #[test]
    fn a_malformed_address_is_refused_no_matter_who_names_it() {
        type Kind = fn(String) -> AddressProblem;
        let long = |length: usize| format!("https://a.example/{}", "x".repeat(length - 18));
        assert!(taken(&long(2048), PUBLIC));
        let too_long = long(2049);
        let cases: [(&str, Kind); 19] = [
            ("", AddressProblem::Malformed),
            ("/token", AddressProblem::Malformed),
            ("//login.acme.example/token", AddressProblem::Malformed),
            ("login.acme.example", AddressProblem::Malformed),
            ("https://login.acme.example/#x", AddressProblem::Malformed),
            ("https://login.acme.example/#", AddressProblem::Malformed),
            ("https://login.acme.example/a b", AddressProblem::Malformed),
            (" https://login.acme.example/", AddressProblem::Malformed),
            ("https://login.acme.example/\n", AddressProblem::Malformed),
            ("https://login.acme.example/ä", AddressProblem::Malformed),
            (&too_long, AddressProblem::Malformed),
            ("http://login.acme.example", AddressProblem::Insecure),
            ("http://10.0.0.1", AddressProblem::Insecure),
            ("javascript:alert(1)", AddressProblem::Insecure),
            ("https:/account/delete", AddressProblem::Misleading),
            ("https:account/delete", AddressProblem::Misleading),
            ("https://ada@login.acme.example", AddressProblem::Misleading),
            ("https://ada:pw@login.acme.example", AddressProblem::Misleading),
            ("https://:pw@login.acme.example", AddressProblem::Misleading),
        ];
        for (address, kind) in cases {
            for named_by in [NamedBy::Operator, PUBLIC, LOCAL] {
                let problem = provider_address(address, named_by).expect_err(address);
                let same = std::mem::discriminant(&problem) == std::mem::discriminant(&kind(String::new()));
                assert!(same, "{address:?} {named_by:?}: {problem:?}");
                assert!(problem.to_string().contains("expected"), "{problem}");
            }
        }
    }

    #[test]
    fn a_provider_address_is_https_or_http_on_loopback() {
        for (address, good) in [
            ("https://login.acme.example", true),
            ("https://10.0.0.1", true),
            ("http://localhost:1", true),
            ("http://LOCALHOST", true),
            ("http://127.8.9.10", true),
            ("http://0x7f000001", true),
            ("http://[::1]", true),
            ("http://login.acme.example", false),
            ("http://localhost.acme.example", false),
            ("http://10.0.0.1", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("ws://localhost", false),
            ("file:///etc/passwd", false),
            ("data:,x", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_https_or_loopback(&Url::parse(address).expect(address)), good, "{address}");
        }
    }
}
