//! The return path of an SSO login. By construction it is a path of this site.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A path with its query that can only lead to this site.
///
/// It begins with one `/`, contains only printable ASCII without backslashes, and has at most 2048 bytes. A second
/// `/` at the beginning, or anything that a browser reads as one, is refused (RFC 9700 §4.11: no open redirects).
/// Characters that a path can't contain unencoded (RFC 3986 §3.3: quotes, angle and curly brackets, `^`) are refused
/// too, because a browser would request a different text.
///
/// ```
/// use tower_sso_core::ReturnPath;
/// assert!(ReturnPath::parse("/acme/repo?tab=files").is_some());
/// assert!(ReturnPath::parse("//evil.example").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ReturnPath(String);

impl ReturnPath {
    const MOST: usize = 2048;

    /// Parses a path as it appears in a request line. Nothing is decoded. Returns `None` if it is not a path of this
    /// site.
    #[must_use]
    pub fn parse(raw: &str) -> Option<Self> {
        let bytes = raw.as_bytes();
        let fits = bytes.first() == Some(&b'/')
            && bytes.get(1) != Some(&b'/')
            && bytes.len() <= Self::MOST
            && bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'\\' && *byte != b'#');
        // A dot segment can leave two slashes at the beginning: `/.//host`, `/..//host`, `/x/..//host`.
        let path = raw.split('?').next().unwrap_or_default();
        let dots = path.split('/').any(|segment| {
            let segment = segment.to_ascii_lowercase().replace("%2e", ".");
            segment == "." || segment == ".."
        });
        let plain = !path.contains(['"', '<', '>', '^', '`', '{', '}']);
        (fits && plain && !dots).then(|| Self(raw.to_owned()))
    }

    /// Returns the path of the front page.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Returns the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Deserializes only through [`ReturnPath::parse`]: a stored or sent text is no more trustworthy than a raw one.
impl TryFrom<String> for ReturnPath {
    type Error = &'static str;

    fn try_from(raw: String) -> Result<Self, Self::Error> {
        Self::parse(&raw).ok_or("expected a path of this site")
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_site_is_accepted_unchanged() {
        for path in [
            "/",
            "/acme",
            "/acme/repo?tab=files&x=//y",
            "/acme%2Frepo",
            "/a//b",
            "/a.b/.c/..d?x=..",
            "/a?x={\"^\"}",
        ] {
            assert_eq!(ReturnPath::parse(path).as_ref().map(ReturnPath::as_str), Some(path));
        }
    }

    #[test]
    fn a_return_path_that_could_lead_to_another_site_is_refused() {
        let long = format!("/{}", "a".repeat(ReturnPath::MOST));
        for path in [
            "",
            "acme",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/a\0",
            "/a b",
            "/ä",
            "/\t/evil.example",
            " /acme",
            "/./",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e%2E//evil.example",
            "/a#b",
            "/\"",
            "/<a>",
            "/{a}",
            "/a^b",
            "/`",
            &long,
        ] {
            assert_eq!(ReturnPath::parse(path), None, "{path:?}");
        }
    }
}
