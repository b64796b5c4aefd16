//! Who sends a request, as the app's own authentication established it: nobody, or an account with a credential.

use tower_sso_core::{AccountId, Credential, CredentialId};

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The app's authentication has not run yet. The request gets a 500; the viewer is never treated as anonymous.
    NotEstablished,
    /// Nobody is signed in.
    Anonymous,
    /// An account is signed in, with the credential that the request presented.
    SignedIn(SignedIn),
}

impl Viewer {
    /// Returns the viewer who is signed in to an account with an app session.
    #[must_use]
    pub fn session(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::session(id) })
    }

    /// Returns the viewer who is signed in to an account with an API token.
    #[must_use]
    pub fn token(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::token(id) })
    }

    /// Returns the viewer who is signed in to an account with an API token that belongs to the organization.
    #[must_use]
    pub fn organization_token(account: AccountId, id: CredentialId) -> Self {
        Self::SignedIn(SignedIn { account, credential: Credential::organization_token(id) })
    }
}

/// The account that is signed in to the app, and the credential that the request presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The credential that the request presented.
    pub credential: Credential,
}
