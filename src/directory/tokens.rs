//! The trait [`TokenDirectory`]: which API tokens an account has. Without one, no token can be authorized.

use tower_sso_core::{AccountId, CredentialId, Lookup};

/// The trait that an app with API tokens implements, so that their owners can authorize them for an organization. It
/// is passed to [`SsoBuilder::tokens`](crate::SsoBuilder::tokens). See the [handbook](crate::handbook), *API tokens*.
///
/// ```
/// # use tower_sso::{AccountId, Lookup, token::{ApiToken, TokenDirectory}};
/// # struct App { tokens: std::collections::HashMap<AccountId, Vec<ApiToken>> }
/// impl TokenDirectory for App {
///     fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
///         Lookup::now(self.tokens.get(account).cloned().unwrap_or_default())
///     }
/// }
/// ```
pub trait TokenDirectory: Send + Sync + 'static {
    /// Returns the account's API tokens, for the page on which the account authorizes them. Only these tokens can be
    /// authorized there.
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>>;
}

/// The directory of an app without API tokens.
#[derive(Debug)]
pub(crate) struct NoTokens;

impl TokenDirectory for NoTokens {
    fn tokens(&self, _: &AccountId) -> Lookup<Vec<ApiToken>> {
        Lookup::now(Vec::new())
    }
}

/// An API token of an account, as it is shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiToken {
    /// The id of the credential that a request with this token presents. It is never the token itself.
    pub id: CredentialId,
    /// The name that its owner gave it.
    pub name: String,
}

impl ApiToken {
    /// Returns a token by the id of its credential and the name that its owner gave it.
    #[must_use]
    pub fn new(id: CredentialId, name: impl Into<String>) -> Self {
        Self { id, name: name.into() }
    }
}
