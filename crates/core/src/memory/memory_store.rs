//! [`MemoryStore`]: the stores in the memory of one process.

use crate::digest::Digest;
use crate::lookup::Lookup;
use crate::lookup::LookupError;

use crate::{
    audit::{
        log::AuditLog,
        query::{AuditPage, AuditQuery},
        record::AuditRecord,
    },
    connection::{
        record::ConnectionRecord,
        store::{ConnectionStore, SaveOutcome},
    },
    id::{AccountId, JoinLinkId, OrgId},
    keys::ring::KeyRing,
    memory::{
        claims::Claims, connections::Versions, events::Events, join_links::OrganizationLinks,
        links::AccountLinks, one_time::Values, sessions::Sessions, shared::lock,
    },
    session::{
        join_links::{AddOutcome, JoinLink, JoinLinks},
        links::{Link, LinkOutcome, Links},
        list::{SessionList, SessionPage, SessionsOf},
        one_time::{Claim, ClaimOutcome, OneTime, OneTimeEntry, PutOutcome, TakeOutcome},
        revision::Revision,
        revocation::{Revocation, RevocationScope},
        session_id::SessionId,
        sso_session::SsoSession,
        store::{InsertOutcome, RevokeOutcome, SessionKey, SessionStore},
    },
};
use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock},
    time::SystemTime,
};

/// Stores SSO sessions, one-time values, account links and join links in the memory of one process. Everything is lost
/// when the process ends.
///
/// Clones share their contents. Every answer is known immediately. [`find`](SessionStore::find) takes only the lock of
/// one shard and allocates nothing. The size is bounded by [`MemoryLimits`]. When the store is full, what happens
/// depends on the kind of entry:
///
/// - Sessions are dropped, the oldest first: their users log in with SSO again. If more than half of all sessions are of
///   the organization that needs room, the oldest of that organization. At any time, at most the newest eight sessions
///   of each key are kept.
/// - Marks of revocations are dropped, the oldest first: SSO logins that began before that revocation start again.
/// - One-time values, claims, account links and join links are refused.
///
/// Expired entries are dropped gradually as new ones come in. The store takes the time from the arguments (for an
/// insert, from the session's [`begun_at`](SsoSession::begun_at)). If the clock moves backward, nothing is dropped, and
/// nothing that was claimed or revoked becomes valid again: the store refuses whatever it can no longer tell.
///
/// ```
/// use tower_sso_core::store::{MemoryLimits, MemoryStore};
///
/// let mut limits = MemoryLimits::default();
/// limits.sessions = 50_000;
/// let store = MemoryStore::new(limits);
/// assert_eq!(format!("{store:?}"), "MemoryStore { sessions: 0, marks: 0, one_time: 0, claims: 0, links: 0, join_links: 0 }");
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(pub(crate) Arc<Kept>);

/// The maximum number of each kind of entry in a [`MemoryStore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryLimits {
    /// SSO sessions, of about 1 kB each. At least 1. The default is 1,000,000.
    pub sessions: usize,
    /// Pending logins and tickets, including those that were taken, until they expire. The default is 100,000.
    pub one_time: usize,
    /// Bytes in the pending logins and tickets that were not taken yet. The default is 256 MiB.
    pub one_time_bytes: usize,
    /// Replay claims. The default is 500,000.
    pub claims: usize,
    /// Account links, which are never dropped. The default is 1,000,000.
    pub links: usize,
    /// Join links, which are never dropped. The default is 100,000.
    pub join_links: usize,
    /// Marks of revocations. At least 1. The default is 100,000.
    pub marks: usize,
    /// Audit records, of about 500 bytes each. At least 1. An organization has at most half of them. The default is
    /// 200,000.
    pub events: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            sessions: 1_000_000,
            one_time: 100_000,
            one_time_bytes: 256 * 1024 * 1024,
            claims: 500_000,
            links: 1_000_000,
            join_links: 100_000,
            marks: 100_000,
            events: 200_000,
        }
    }
}

pub(crate) struct Kept {
    pub(crate) sessions: Sessions,
    pub(crate) one_time: Mutex<Values>,
    pub(crate) claims: Mutex<Claims>,
    pub(crate) links: Mutex<AccountLinks>,
    pub(crate) join_links: Mutex<OrganizationLinks>,
    pub(crate) events: Mutex<Events>,
    pub(crate) connections: Mutex<Versions>,
    /// Made when it is first asked for. `None` if the operating system has no randomness.
    keys: OnceLock<Option<KeyRing>>,
}

impl Default for Kept {
    fn default() -> Self {
        Self::new(MemoryLimits::default())
    }
}

impl Kept {
    fn new(limits: MemoryLimits) -> Self {
        Self {
            sessions: Sessions::new(limits.sessions, limits.marks),
            one_time: Mutex::new(Values::new(limits.one_time, limits.one_time_bytes)),
            claims: Mutex::new(Claims::new(limits.claims)),
            links: Mutex::new(AccountLinks::new(limits.links)),
            join_links: Mutex::new(OrganizationLinks::new(limits.join_links)),
            events: Mutex::new(Events::new(limits.events)),
            connections: Mutex::default(),
            keys: OnceLock::new(),
        }
    }
}

impl MemoryStore {
    /// Returns a store with these limits. [`MemoryStore::default`] has the default limits.
    #[must_use]
    pub fn new(limits: MemoryLimits) -> Self {
        Self(Arc::new(Kept::new(limits)))
    }
}

impl SessionStore for MemoryStore {
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision> {
        Lookup::now(self.0.sessions.revision(since))
    }

    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome> {
        Lookup::now(self.0.sessions.insert(session))
    }

    fn revoked(&self, session: &SsoSession) -> Lookup<bool> {
        Lookup::now(self.0.sessions.revoked(session))
    }

    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>> {
        Lookup::now(self.0.sessions.find(key))
    }

    fn list(&self, list: &SessionList) -> Lookup<SessionPage> {
        if list.of == SessionsOf::Reserved {
            return Lookup::failed(LookupError::new("found a kind of list that this store does not know"));
        }
        Lookup::now(self.0.sessions.list(list))
    }

    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome> {
        if revocation.scope == RevocationScope::Reserved {
            return Lookup::failed(LookupError::new(
                "found a scope of revocation that this store does not know",
            ));
        }
        Lookup::now(self.0.sessions.revoke(revocation))
    }
}

impl OneTime for MemoryStore {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        Lookup::now(lock(&self.0.one_time).put(entry))
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        Lookup::now(lock(&self.0.one_time).take(key))
    }

    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome> {
        Lookup::now(lock(&self.0.claims).claim(claim))
    }

    /// Returns a key that is as old as the store, and that its clones share.
    fn key_ring(&self) -> Option<KeyRing> {
        self.0.keys.get_or_init(|| KeyRing::random().ok()).clone()
    }
}

impl Links for MemoryStore {
    fn link(&self, link: &Link, login: &SessionId) -> Lookup<LinkOutcome> {
        Lookup::now(lock(&self.0.links).pin(link, login))
    }

    fn undo(&self, link: &Link, login: &SessionId) -> Lookup<bool> {
        Lookup::now(lock(&self.0.links).undo(link, login))
    }

    fn find(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<Link>> {
        Lookup::now(lock(&self.0.links).find(organization, account).cloned())
    }

    fn unlink(&self, organization: &OrgId, account: &AccountId) -> Lookup<bool> {
        Lookup::now(lock(&self.0.links).unlink(organization, account))
    }
}

impl JoinLinks for MemoryStore {
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome> {
        Lookup::now(lock(&self.0.join_links).add(link))
    }

    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>> {
        Lookup::now(lock(&self.0.join_links).find(organization, id).cloned())
    }

    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>> {
        Lookup::now(lock(&self.0.join_links).list(organization))
    }

    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        Lookup::now(lock(&self.0.join_links).count_use(organization, id))
    }

    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        Lookup::now(lock(&self.0.join_links).remove(organization, id))
    }
}

impl AuditLog for MemoryStore {
    fn append(&self, records: &[AuditRecord]) -> Lookup<()> {
        let mut events = lock(&self.0.events);
        records.iter().for_each(|record| events.append(record));
        Lookup::now(())
    }

    fn query(&self, query: &AuditQuery) -> Lookup<AuditPage> {
        Lookup::now(lock(&self.0.events).query(query))
    }

    fn forget(&self, before: SystemTime, most: usize) -> Lookup<usize> {
        Lookup::now(lock(&self.0.events).forget(before, most))
    }
}

impl ConnectionStore for MemoryStore {
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>> {
        Lookup::now(lock(&self.0.connections).find(organization))
    }

    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome> {
        Lookup::now(lock(&self.0.connections).save(record))
    }

    fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::now(lock(&self.0.connections).history(organization, before, limit))
    }

    fn list(&self, after: Option<&OrgId>, limit: usize) -> Lookup<Vec<ConnectionRecord>> {
        Lookup::now(lock(&self.0.connections).list(after, limit))
    }

    fn reseal(&self, record: &ConnectionRecord, sealed: &[u8]) -> Lookup<bool> {
        Lookup::now(lock(&self.0.connections).reseal(record, sealed))
    }
}

/// Prints counts, never contents.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sessions, marks) = self.0.sessions.count();
        f.debug_struct("MemoryStore")
            .field("sessions", &sessions)
            .field("marks", &marks)
            .field("one_time", &lock(&self.0.one_time).count())
            .field("claims", &lock(&self.0.claims).count())
            .field("links", &lock(&self.0.links).count())
            .field("join_links", &lock(&self.0.join_links).count())
            .finish()
    }
}
