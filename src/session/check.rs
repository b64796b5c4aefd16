//! The one place that makes a [`FreshSession`].

use std::{fmt, sync::Arc, time::SystemTime};

use super::{ConnectionVersion, Endings, SessionKey, SsoSession};
use crate::middleware::ChallengeReason;

/// Proof that an SSO session was checked for this request: this organization, account, credential and connection
/// version, not expired. Only the layers, [`Sso::require`](crate::Sso::require) and
/// [`Sso::step_up`](crate::Sso::step_up) make one.
#[derive(Clone)]
pub struct FreshSession {
    session: Arc<SsoSession>,
    endings: Arc<Endings>,
}

impl FreshSession {
    /// The session.
    #[must_use]
    pub fn session(&self) -> &SsoSession {
        &self.session
    }

    /// When it ends.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.session.expires_at
    }

    /// When the user logged in with SSO at the provider.
    #[must_use]
    pub fn logged_in_at(&self) -> SystemTime {
        self.session.logged_in_at
    }

    /// Resolves once the session is over: expired, revoked, or of a connection that has changed. For long-lived
    /// responses (WebSockets, event streams): race it against the stream and close when it resolves.
    ///
    /// A revocation on this node is seen at once, one on another node within seconds. When the stores can't be asked
    /// for half a minute it resolves too: not knowing is never a pass.
    pub async fn ended(&self) {
        self.endings.ended(&self.session).await;
    }
}

impl fmt::Debug for FreshSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FreshSession").field(&self.session.id).finish()
    }
}

/// Checks a session that a store found. Whatever key the store was asked for, every part is compared again here.
pub(crate) fn check(
    session: &Arc<SsoSession>,
    key: SessionKey<'_>,
    version: &ConnectionVersion,
    endings: &Arc<Endings>,
    now: SystemTime,
) -> Result<FreshSession, ChallengeReason> {
    let ours = session.organization == *key.organization
        && session.account == *key.account
        && session.credential == *key.credential;
    if !ours {
        Err(ChallengeReason::NoSession)
    } else if session.connection != *version {
        Err(ChallengeReason::ConnectionChanged)
    } else if session.expires_at <= now {
        Err(ChallengeReason::Expired)
    } else {
        Ok(FreshSession { session: Arc::clone(session), endings: Arc::clone(endings) })
    }
}
