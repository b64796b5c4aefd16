//! What the host is told of a logout, and what it answers.

use std::sync::Arc;

use crate::{OrgId, session::SsoSession};

/// A logout that did not come from the host itself, for the host to take: see
/// [`Directory::logged_out`](crate::Directory::logged_out).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logout {
    /// The organization at which the SSO sessions ended.
    pub organization: OrgId,
    /// Who asked for it.
    pub by: LogoutBy,
    /// The SSO sessions that ended, at least one: whose ([`account`](SsoSession::account)), and by which login session
    /// or token ([`credential`](SsoSession::credential)). Of one credential there are several where it logged in with SSO again.
    pub ended: Vec<Arc<SsoSession>>,
}

/// Who asked for a [`Logout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogoutBy {
    /// The organization's identity provider, in a message that was verified (SAML profiles §4.4).
    Provider,
    /// The person themself, by `POST saml/logout`.
    Viewer,
}

/// What the host did about a [`Logout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogoutOutcome {
    /// The login sessions go on: whoever comes back with one is asked to log in with SSO again.
    Kept,
    /// It ended the login sessions of it, too: those credentials whose kind is
    /// [`Session`](crate::token::CredentialKind::Session), not the tokens. Their SSO sessions at other organizations end with
    /// them, as by [`Sso::signed_out`](crate::Sso::signed_out).
    SignedOut,
}
