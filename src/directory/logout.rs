//! The trait [`LogoutHandler`]: what the app is told about a logout that it did not start, and what it answers.

use std::sync::Arc;

use tower_sso_core::{Lookup, OrgId, session::SsoSession};

/// A logout that the app did not start. It is passed to [`LogoutHandler::logged_out`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logout {
    /// The organization whose SSO sessions ended.
    pub organization: OrgId,
    /// Who asked for the logout.
    pub by: LogoutBy,
    /// The SSO sessions that ended, at least one. Each names its [`account`](SsoSession::account) and the app session
    /// or token that it belonged to ([`credential`](SsoSession::credential)). One credential can have several if it
    /// logged in with SSO more than once.
    pub ended: Vec<Arc<SsoSession>>,
}

impl Logout {
    /// Returns a logout. An app's own tests of [`LogoutHandler::logged_out`] use this.
    #[must_use]
    pub fn new(organization: OrgId, by: LogoutBy, ended: Vec<Arc<SsoSession>>) -> Self {
        Self { organization, by, ended }
    }
}

/// Who asked for a [`Logout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogoutBy {
    /// The organization's identity provider, in a message that was verified (SAML profiles §4.4).
    Provider,
    /// The user, by `POST saml/logout`.
    Viewer,
}

/// What the app did about a [`Logout`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogoutOutcome {
    /// The app sessions continue. A user who comes back with one is asked to log in with SSO again.
    Kept,
    /// The app also ended the app sessions involved: those credentials whose kind is
    /// [`Session`](crate::token::CredentialKind::Session), not the tokens. Their SSO sessions at other organizations
    /// then end with them, as by [`Sso::signed_out`](crate::Sso::signed_out).
    SignedOut,
}

/// The trait that an app implements to learn of logouts that it did not start. It is passed to
/// [`SsoBuilder::on_logout`](crate::SsoBuilder::on_logout). Without it, the app sessions continue. See
/// the [handbook](crate::handbook), *SSO sessions and logout*.
pub trait LogoutHandler: Send + Sync + 'static {
    /// Handles a logout that the app did not start: the provider ended its user's session, or a visitor used a
    /// sign-out form of this crate. Called once for each logout that ended at least one SSO session, after those
    /// sessions have ended and before the provider is told. The app decides whether to end its own app sessions as
    /// well: see the [handbook](crate::handbook), *SSO sessions and logout*.
    ///
    /// An error does not restore any session: it is recorded, and the provider is told that not everything ended.
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome>;
}

/// The handler of an app that keeps its app sessions.
#[derive(Debug)]
pub(crate) struct KeepSessions;

impl LogoutHandler for KeepSessions {
    fn logged_out(&self, _: &Logout) -> Lookup<LogoutOutcome> {
        Lookup::now(LogoutOutcome::Kept)
    }
}
