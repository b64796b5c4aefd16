//! Notifies long-lived responses that their SSO session has ended.

use std::{
    fmt,
    hash::BuildHasher,
    sync::Arc,
    time::{Duration, SystemTime},
};

use foldhash::fast::FixedState;
use tokio::{sync::Notify, time::Instant};
use tower_sso_core::{
    Clock, Credential, LookupError,
    session::{RevocationScope, SsoSession},
    store::SessionStore,
};

use crate::connection::checked::Connections;

/// How often a session is looked up again. A revocation on another node is noticed within this time.
const AGAIN: Duration = Duration::from_secs(5);
/// How long a session is still accepted while its store can't be reached.
const BLIND: Duration = Duration::from_secs(30);

/// Wakes the tasks that wait for a session to end. Split by credential, so that one sign-out does not wake every
/// task.
pub(crate) struct Endings {
    sessions: Arc<dyn SessionStore>,
    connections: Arc<dyn Connections>,
    clock: Clock,
    wake: [Notify; 64],
}

impl Endings {
    pub(crate) fn new(
        sessions: Arc<dyn SessionStore>,
        connections: Arc<dyn Connections>,
        clock: Clock,
    ) -> Self {
        Self { sessions, connections, clock, wake: [const { Notify::const_new() }; 64] }
    }

    /// Wakes the tasks whose sessions may be in this scope. Called after the sessions in it were ended on this node.
    pub(crate) fn tell(&self, scope: &RevocationScope) {
        match scope {
            RevocationScope::Credential(credential) | RevocationScope::Session { credential, .. } => {
                self.shard(credential).notify_waiters()
            }
            // Any other scope, also one that is newer than this code, may cover sessions of every credential.
            RevocationScope::Account(_)
            | RevocationScope::Member(..)
            | RevocationScope::OtherEmails { .. }
            | RevocationScope::Organization(_)
            | RevocationScope::Idp { .. }
            | _ => self.wake.iter().for_each(Notify::notify_waiters),
        }
    }

    pub(crate) async fn ended(&self, session: &SsoSession) {
        let mut known = Instant::now();
        loop {
            // Enabled before the lookup, so that an end between the lookup and the wait is not missed.
            let mut woken = std::pin::pin!(self.shard(&session.credential).notified());
            woken.as_mut().enable();
            let now = self.clock.now();
            let Ok(left) = session.expires_at.duration_since(now) else { return };
            let stands = tokio::time::timeout(AGAIN, self.stands(session, now)).await;
            match stands {
                Ok(Ok(true)) => known = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(_)) | Err(_) if known.elapsed() >= BLIND => return,
                Ok(Err(_)) | Err(_) => {}
            }
            let _ = tokio::time::timeout(left.min(AGAIN), woken).await;
        }
    }

    async fn stands(&self, session: &SsoSession, now: SystemTime) -> Result<bool, LookupError> {
        let connection = self.connections.find(&session.organization).await?;
        if connection.is_none_or(|connection| *connection.version() != session.connection) {
            return Ok(false);
        }
        let found = self.sessions.find(session.key()).await?;
        // A newer session with the same key counts in place of this one, which still expires at its own time.
        Ok(session.expires_at > now && found.is_some_and(|found| found.begun_at >= session.begun_at))
    }

    fn shard(&self, credential: &Credential) -> &Notify {
        let hash = FixedState::default().hash_one(credential);
        &self.wake[(hash % 64) as usize]
    }
}

impl fmt::Debug for Endings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endings")
    }
}
