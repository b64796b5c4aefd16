//! [`ReturnTo`]: the page to which an SSO login leads.

use std::fmt;

use serde::{Deserialize, Serialize};
use tower_sso_core::{OrgSlug, ReturnPath};

/// The page to which an SSO login leads: a path of the base host or, with a host pattern, of one of the organization's
/// own hosts. It never names another host, because only the label before the base host is kept.
///
/// It is stored as the path, with the label before it: `/acme/plans` or `acme/plans`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ReturnTo {
    /// The label of the organization's host, in lower case. `None` on the base host.
    label: Option<OrgSlug>,
    path: ReturnPath,
}

impl ReturnTo {
    /// Returns the page of an organization's host. `None` if the label is not one label of a host name in lower case.
    pub(crate) fn on_host(label: &str, path: ReturnPath) -> Option<Self> {
        let fits = is_label(label) && !label.bytes().any(|byte| byte.is_ascii_uppercase());
        fits.then(|| Self { label: Some(OrgSlug::new(label)), path })
    }

    /// Returns the label of the organization's host, which is what [`Directory::organization`] gets. `None` on the base
    /// host.
    ///
    /// [`Directory::organization`]: crate::Directory::organization
    pub(crate) fn label(&self) -> Option<&OrgSlug> {
        self.label.as_ref()
    }

    pub(crate) fn path(&self) -> &ReturnPath {
        &self.path
    }
}

impl From<ReturnPath> for ReturnTo {
    fn from(path: ReturnPath) -> Self {
        Self { label: None, path }
    }
}

impl From<ReturnTo> for String {
    fn from(page: ReturnTo) -> Self {
        page.to_string()
    }
}

impl TryFrom<String> for ReturnTo {
    type Error = &'static str;

    fn try_from(stored: String) -> Result<Self, Self::Error> {
        let (label, path) = stored.split_at(stored.find('/').unwrap_or(stored.len()));
        let path = ReturnPath::parse(path).ok_or("expected a path of this site")?;
        match label {
            "" => Ok(path.into()),
            label => Self::on_host(label, path).ok_or("expected the label of a host"),
        }
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.label.as_ref().map_or("", OrgSlug::as_str), self.path)
    }
}

/// Returns whether a text is one label of a host name (RFC 1123 §2.1). Names in other scripts are sent as `xn--…`.
pub(crate) fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_page_is_read_again_or_refused() {
        for stored in ["/", "/acme/plans?a=1", "acme/", "acme/plans?to=//x"] {
            let read = ReturnTo::try_from(stored.to_owned()).unwrap();
            assert_eq!(String::from(read), stored);
        }
        for stored in [
            "",
            "acme",
            "//evil.example",
            "acme//evil.example",
            "evil.example/",
            "ACME/",
            "a:b/",
            "https://evil.example/",
        ] {
            assert!(ReturnTo::try_from(stored.to_owned()).is_err(), "{stored}");
        }
    }
}
