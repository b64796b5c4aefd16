//! What settings choose between.

use serde::Deserialize;

/// Which kind of NameID is asked for (SAML core §3.4.1.1, §8.3). Providers may answer with another kind, and are taken
/// at their word; a transient NameID is always refused as a subject, since it identifies nobody the next time.
///
/// An account is linked to the kind that it came with: the same user by a NameID of another kind is another subject, until
/// this setting is changed or an administrator unlinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum NameIdPolicy {
    /// An email address.
    #[default]
    #[serde(rename = "email_address")]
    EmailAddress,
    /// An opaque one that never changes.
    #[serde(rename = "persistent")]
    Persistent,
    /// Whatever the provider is set to.
    #[serde(rename = "unspecified")]
    Unspecified,
    /// Nothing is asked for: no `NameIDPolicy` is sent.
    #[serde(rename = "none")]
    None,
}

/// Which libraries verify the provider's signatures and decrypt its assertions.
///
/// What is checked and what is read does not depend on it: an engine only says yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum SamlEngine {
    /// Canonicalization in Rust, cryptography by AWS-LC.
    #[default]
    #[serde(rename = "default")]
    Default,
    /// libxmlsec1, libxml2 and OpenSSL as the system has them, for those who must use the distribution's libraries or
    /// validated ones. Needs the feature `saml-xmlsec`.
    ///
    /// It is the narrower one. It knows no RSA-PSS and no SHA-1; it decrypts AES-128 alone, its key by RSA-OAEP with
    /// SHA-1; of a response and an assertion that are both signed the keys have to be of one kind; and every `ID` in the
    /// message, signed or not, has to be an NCName: a letter or `_`, then letters, digits, `_`, `-` and `.`. What it can't do is refused. AWS-LC still verifies logout messages that come by redirect,
    /// signs ours, and reads certificates. The libraries write what they refuse to standard error too.
    #[serde(rename = "xmlsec")]
    Xmlsec,
}

/// How a request travels to the provider (SAML bindings §3.4, §3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum RequestBinding {
    /// In the query of a redirect.
    #[default]
    #[serde(rename = "redirect")]
    Redirect,
    /// In a form that the browser posts.
    #[serde(rename = "post")]
    Post,
}

impl NameIdPolicy {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::Persistent => "persistent",
            Self::Unspecified => "unspecified",
            Self::None => "none",
        }
    }

    /// The format's name (SAML core §8.3).
    pub(crate) fn format(self) -> Option<&'static str> {
        match self {
            Self::EmailAddress => Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
            Self::Persistent => Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
            Self::Unspecified => Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
            Self::None => None,
        }
    }
}

impl SamlEngine {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Xmlsec => "xmlsec",
        }
    }
}

impl RequestBinding {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_sso_testing::golden::are_named;

    #[test]
    fn the_names_of_setting_values_do_not_change() {
        use NameIdPolicy as N;
        are_named(
            N::as_str,
            [
                (N::EmailAddress, "email_address"),
                (N::Persistent, "persistent"),
                (N::Unspecified, "unspecified"),
                (N::None, "none"),
            ],
        );
        are_named(SamlEngine::as_str, [(SamlEngine::Default, "default"), (SamlEngine::Xmlsec, "xmlsec")]);
        let bindings = [(RequestBinding::Redirect, "redirect"), (RequestBinding::Post, "post")];
        are_named(RequestBinding::as_str, bindings);
    }
}
