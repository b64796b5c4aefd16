//! [`FreshSession`], the proof that an SSO session was checked, and [`check`], the only function that creates one.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    challenge_reason::ChallengeReason, connection::checked::Connection, fresh::end_notifier::EndNotifier,
};
use tower_sso_core::{internal::later, session::SsoSession, store::SessionKey};

/// The proof that an SSO session was checked for this request: it belongs to this organization, account, credential and
/// connection version, and has not expired. Only the layers, [`Sso::require`](crate::Sso::require) and
/// [`Sso::step_up`](crate::Sso::step_up) return one.
#[derive(Clone)]
pub struct FreshSession {
    session: Arc<SsoSession>,
    end_notifier: Arc<EndNotifier>,
}

impl FreshSession {
    /// Returns the SSO session.
    #[must_use]
    pub fn session(&self) -> &SsoSession {
        &self.session
    }

    /// Returns when the session expires.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.session.expires_at
    }

    /// Returns when the user logged in at the provider, or when the SSO login finished if the provider did not say.
    #[must_use]
    pub fn logged_in_at(&self) -> SystemTime {
        self.session.logged_in_at
    }

    /// Resolves when the session has ended: it expired, was revoked, or its connection has changed. For long-lived
    /// responses (WebSockets, event streams): race it against the stream and close the stream when it resolves.
    ///
    /// It notices a revocation on this node immediately, and a revocation on another node within seconds. It also
    /// resolves if the stores can't be reached for 30 seconds, because an unknown state never counts as a pass.
    pub async fn ended(&self) {
        self.end_notifier.ended(&self.session).await;
    }
}

impl fmt::Debug for FreshSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FreshSession").field(&self.session.id).finish()
    }
}

/// How far the clocks of two nodes may be apart.
const CLOCKS_APART: Duration = Duration::from_secs(10 * 60);

/// Returns whether the session began at a time that is still to come: the clock was wrong then, and the session would
/// last too long.
pub(crate) fn is_ahead(session: &SsoSession, now: SystemTime) -> bool {
    session.begun_at > now && session.begun_at > later(now, CLOCKS_APART)
}

/// Checks a session that a store returned. Compares every part of the key again, because the store is not trusted to
/// return what it was asked for.
pub(crate) fn check(
    session: &Arc<SsoSession>,
    key: SessionKey<'_>,
    connection: &Connection,
    end_notifier: &Arc<EndNotifier>,
    now: SystemTime,
) -> Result<FreshSession, ChallengeReason> {
    let ours = session.organization == *key.organization
        && session.account == *key.account
        && session.credential == *key.credential;
    if !ours {
        Err(ChallengeReason::NoSession)
    } else if !connection.has_version(end_notifier.keys(), &session.connection) {
        Err(ChallengeReason::ConnectionChanged)
    } else if session.expires_at <= now || is_ahead(session, now) {
        Err(ChallengeReason::Expired)
    } else {
        Ok(FreshSession { session: Arc::clone(session), end_notifier: Arc::clone(end_notifier) })
    }
}
