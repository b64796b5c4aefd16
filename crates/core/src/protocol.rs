//! The protocol of a connection.

use serde::{Deserialize, Serialize};

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// OpenID Connect Core 1.0.
    #[serde(rename = "oidc")]
    Oidc,
    /// SAML 2.0.
    #[serde(rename = "saml")]
    Saml,
}

impl Protocol {
    /// Returns the stable name: `oidc` or `saml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }
}
