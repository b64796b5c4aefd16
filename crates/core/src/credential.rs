//! What a request presented to act as an account.

use serde::{Deserialize, Serialize};

use crate::id::CredentialId;

/// What a request presented to act as an account. A session and a token with the same id are two different
/// credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Credential {
    /// The id, which stays the same for the life of the credential.
    #[serde(rename = "id")]
    pub id: CredentialId,
    /// The kind of the credential.
    #[serde(rename = "kind")]
    pub kind: CredentialKind,
}

impl Credential {
    /// Returns the credential for an app session.
    pub fn session(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::Session }
    }

    /// Returns the credential for an API token.
    pub fn token(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::Token }
    }

    /// Returns the credential for an API token that belongs to the organization.
    pub fn organization_token(id: impl Into<CredentialId>) -> Self {
        Self { id: id.into(), kind: CredentialKind::OrganizationToken }
    }

    /// Returns the parts that a key is made of, for [`Digest::of`](crate::memory::Digest).
    #[doc(hidden)]
    #[must_use]
    pub fn parts(&self) -> [&str; 2] {
        [self.kind.as_str(), self.id.as_str()]
    }
}

/// The kind of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CredentialKind {
    /// A session of the app in a browser.
    #[serde(rename = "session")]
    Session,
    /// An API token that belongs to an account.
    #[serde(rename = "token")]
    Token,
    /// An API token that belongs to the organization of the request, no matter who made it. SSO is not required for
    /// it. Use this only if the token gives access to that organization alone.
    #[serde(rename = "organization_token")]
    OrganizationToken,
}

impl CredentialKind {
    /// Returns the stable name: `session`, `token` or `organization_token`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::OrganizationToken => "organization_token",
        }
    }
}
