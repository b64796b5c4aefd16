//! Who sends a request.

use crate::{
    credential::{Credential, CredentialKind},
    id::{AccountId, CredentialId},
};

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The app's authentication has not run yet. The request gets a 500; the viewer is never treated as anonymous.
    NotEstablished,
    /// Nobody is signed in.
    Anonymous,
    /// An account is signed in, with the credential that the request presented.
    SignedIn {
        /// The account.
        account: AccountId,
        /// The credential that the request presented.
        credential: Credential,
    },
}

impl Viewer {
    /// Returns the viewer who is signed in to an account with an app session.
    pub fn session(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn { account: account.into(), credential: Credential::session(id) }
    }

    /// Returns the viewer who is signed in to an account with an API token.
    pub fn token(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn { account: account.into(), credential: Credential::token(id) }
    }

    /// Returns the viewer who is signed in to an account with an API token that belongs to the organization.
    pub fn organization_token(account: impl Into<AccountId>, id: impl Into<CredentialId>) -> Self {
        Self::SignedIn {
            account: account.into(),
            credential: Credential { id: id.into(), kind: CredentialKind::OrganizationToken },
        }
    }
}

/// An API token of an account, as it is shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The id of the credential that a request with this token presents. It is never the token itself.
    pub id: CredentialId,
    /// The name that its owner gave it.
    pub name: String,
}
