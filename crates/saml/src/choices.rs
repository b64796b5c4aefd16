//! The enums among the settings: the NameID policy, the engine and the request binding.
//!
//! Each value has a stable name, which configuration files use.

use serde::Deserialize;

/// Which kind of NameID requests ask for (SAML core §3.4.1.1, §8.3). A provider may respond with another kind, which is
/// accepted. A transient NameID is always refused as a subject, because it does not identify the user the next time.
///
/// An account is linked to the kind of NameID that the response contained. The same user with a NameID of another kind
/// is another subject, until this setting is changed or an administrator removes the account link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum NameIdPolicy {
    /// An email address.
    #[default]
    #[serde(rename = "email_address")]
    EmailAddress,
    /// An opaque identifier that never changes.
    #[serde(rename = "persistent")]
    Persistent,
    /// The kind that the provider is configured to send.
    #[serde(rename = "unspecified")]
    Unspecified,
    /// Requests ask for no kind: they contain no `NameIDPolicy`.
    #[serde(rename = "none")]
    None,
}

/// Which libraries verify the provider's signatures and decrypt its assertions.
///
/// The engine does not change what is checked or what is read: it only says whether a signature is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum SamlEngine {
    /// Canonicalization in Rust, and cryptography by AWS-LC.
    #[default]
    #[serde(rename = "default")]
    Default,
    /// The system's libxmlsec1, libxml2 and OpenSSL, for those who must use the distribution's libraries or validated
    /// ones. Needs the feature `saml-xmlsec`.
    ///
    /// This engine supports less, and refuses what it does not support:
    ///
    /// - It supports neither RSA-PSS nor SHA-1.
    /// - It decrypts only AES-128, with a key that is encrypted by RSA-OAEP with SHA-1.
    /// - If a response and its assertion are both signed, their keys must be of the same kind.
    /// - Every `ID` in the message, signed or not, must be an NCName: a letter or `_`, then letters, digits, `_`, `-`
    ///   and `.`.
    ///
    /// AWS-LC still verifies logout messages that come by redirect, signs our messages, and reads certificates. The
    /// libraries also write what they refuse to standard error.
    #[serde(rename = "xmlsec")]
    Xmlsec,
}

/// How a request is sent to the provider (SAML bindings §3.4, §3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum RequestBinding {
    /// In the query of a redirect (HTTP Redirect binding).
    #[default]
    #[serde(rename = "redirect")]
    Redirect,
    /// In a form that the browser posts (HTTP POST binding).
    #[serde(rename = "post")]
    Post,
}

impl NameIdPolicy {
    /// Returns the stable name, as configuration files contain it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::Persistent => "persistent",
            Self::Unspecified => "unspecified",
            Self::None => "none",
        }
    }

    /// Returns the URI of the format that requests ask for (SAML core §8.3).
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
    /// Returns the stable name, as configuration files contain it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Xmlsec => "xmlsec",
        }
    }
}

impl RequestBinding {
    /// Returns the stable name, as configuration files contain it.
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
