//! [`EndNotifier`]: notifies long-lived responses, such as WebSockets, that their SSO session has ended.
//!
//! A revocation on this node wakes the waiting tasks immediately. A revocation on another node, or a changed
//! connection, is noticed by polling. If the stores can't be reached for longer than [`MAX_OUTAGE`], the session counts
//! as ended, because an unknown state never counts as a pass.

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
    keys::KeyRing,
    session::{RevocationScope, SsoSession},
    store::SessionStore,
};

use crate::connection::checked::Connections;

/// The interval at which a session is looked up again. A revocation on another node is noticed within this time.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// How long a session is still accepted while the stores can't be reached.
const MAX_OUTAGE: Duration = Duration::from_secs(30);

/// Wakes the tasks that wait for a session to end. The tasks are divided into shards by credential, so that one
/// sign-out does not wake every task.
pub(crate) struct EndNotifier {
    sessions: Arc<dyn SessionStore>,
    connections: Arc<dyn Connections>,
    keys: KeyRing,
    clock: Clock,
    wake: [Notify; 64],
}

impl EndNotifier {
    pub(crate) fn new(
        sessions: Arc<dyn SessionStore>,
        connections: Arc<dyn Connections>,
        keys: KeyRing,
        clock: Clock,
    ) -> Self {
        Self { sessions, connections, keys, clock, wake: [const { Notify::const_new() }; 64] }
    }

    /// Returns the key ring that the versions of connections are computed with.
    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Wakes the tasks whose sessions may be in this scope. Call this after the sessions in the scope were revoked.
    pub(crate) fn wake(&self, scope: &RevocationScope) {
        match scope {
            RevocationScope::Credential(credential)
            | RevocationScope::AccountCredential { credential, .. }
            | RevocationScope::Session { credential, .. } => self.shard(credential).notify_waiters(),
            // Any other scope, also one that is newer than this code, may cover sessions of every credential.
            RevocationScope::Account(_)
            | RevocationScope::Member(..)
            | RevocationScope::OtherEmails { .. }
            | RevocationScope::Organization(_)
            | RevocationScope::Idp { .. }
            | _ => self.wake.iter().for_each(Notify::notify_waiters),
        }
    }

    /// Resolves when the session has ended.
    pub(crate) async fn ended(&self, session: &SsoSession) {
        let mut last_confirmed = Instant::now();
        loop {
            // Enable the notification before the lookup, so that a revocation between the lookup and the wait is not
            // missed.
            let mut woken = std::pin::pin!(self.shard(&session.credential).notified());
            woken.as_mut().enable();
            let now = self.clock.now();
            let Ok(left) = session.expires_at.duration_since(now) else { return };
            let active = tokio::time::timeout(POLL_INTERVAL, self.is_active(session, now)).await;
            match active {
                Ok(Ok(true)) => last_confirmed = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(_)) | Err(_) if last_confirmed.elapsed() >= MAX_OUTAGE => return,
                Ok(Err(_)) | Err(_) => {}
            }
            let _ = tokio::time::timeout(left.min(POLL_INTERVAL), woken).await;
        }
    }

    /// Returns whether the session is still accepted. Looks up its connection and the session itself.
    async fn is_active(&self, session: &SsoSession, now: SystemTime) -> Result<bool, LookupError> {
        let connection = self.connections.find(&session.organization).await?;
        if connection.is_none_or(|it| !it.has_version(&self.keys, &session.connection)) {
            return Ok(false);
        }
        let found = self.sessions.find(session.key()).await?;
        // A newer session with the same key may replace this one. This one still expires at its own expiry.
        Ok(session.expires_at > now && found.is_some_and(|found| found.begun_at >= session.begun_at))
    }

    fn shard(&self, credential: &Credential) -> &Notify {
        let hash = FixedState::default().hash_one(credential);
        &self.wake[(hash % 64) as usize]
    }
}

impl fmt::Debug for EndNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndNotifier")
    }
}
