//! The rules of a connection about email addresses: the list of domains, and what happens if the provider does not say
//! whether an address is verified. `login::email` applies them.

use std::collections::BTreeSet;

use serde::Deserialize;
use tower_sso_core::ConfigError;

/// What happens if a provider does not say whether an email address is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum UnverifiedEmail {
    /// The SSO login is refused. This is the default.
    #[serde(rename = "refuse")]
    Refuse,
    /// The address is accepted: the organization vouches for its provider's addresses. For providers such as
    /// Microsoft Entra ID, which never say whether an address is verified.
    #[serde(rename = "accept")]
    Accept,
}

impl UnverifiedEmail {
    /// Returns the stable name: `refuse` or `accept`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Accept => "accept",
        }
    }
}

/// Decides which email addresses from a provider are accepted. An address that the provider says is *not* verified is
/// never accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRules {
    /// What happens if the provider does not say whether an address is verified.
    pub absent_verification: UnverifiedEmail,
    /// The accepted domains, in their ASCII form. Empty if any domain is accepted.
    pub(crate) domains: Vec<String>,
}

/// Returns the listed domains in ASCII, sorted and without duplicates. Addresses are compared in this form, and how the
/// list is written must not change the connection's version.
pub(crate) fn domains(listed: &[String]) -> Result<Vec<String>, ConfigError> {
    if listed.is_empty() {
        let problem = "expected at least one domain; without a list, addresses of any domain will do";
        return Err(ConfigError::new("email.domains", problem));
    }
    let mut domains = BTreeSet::new();
    for (index, domain) in listed.iter().enumerate() {
        let refused = || {
            let problem = format!("expected a domain such as \"acme.example\", found {domain:?}");
            ConfigError::new(format!("email.domains[{index}]"), problem)
        };
        domains.insert(ascii_domain(domain).ok_or_else(refused)?);
    }
    Ok(domains.into_iter().collect())
}

/// Returns the ASCII form of a domain, or `None` if the text is not a domain with at least two labels.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let fits =
        ascii.contains('.') && !ascii.starts_with('.') && !ascii.ends_with('.') && !ascii.contains("..");
    (fits && ascii.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains_are_kept_as_sorted_unique_ascii() {
        let kept = |listed: &[&str]| domains(&listed.iter().map(|&it| it.to_owned()).collect::<Vec<_>>());
        assert_eq!(kept(&["Bücher.Example"]).unwrap(), ["xn--bcher-kva.example"]);
        assert_eq!(kept(&["b.example", "A.example", "B.example"]).unwrap(), ["a.example", "b.example"]);
        assert_eq!(kept(&["a.example", "@b.example"]).unwrap_err().field(), "email.domains[1]");
    }

    proptest! {
        /// Every accepted domain has the form in which addresses are compared, and parsing it again changes nothing.
        #[test]
        fn an_accepted_domain_is_a_valid_ascii_domain(text in "\\PC{0,12}|[a-zA-ZäÖß@. _*/:-]{1,20}|([a-zA-Z0-9äß-]{1,6}[.。]){1,3}[a-z]{2,4}") {
            if let Some(ascii) = ascii_domain(&text) {
                prop_assert!(!ascii.contains('@') && ascii.contains('.') && ascii.is_ascii(), "{}", ascii);
                prop_assert_eq!(&ascii.to_ascii_lowercase(), &ascii);
                prop_assert_eq!(ascii_domain(&ascii), Some(ascii));
            } else {
                prop_assert!(domains(&[text]).is_err());
            }
        }
    }
}
