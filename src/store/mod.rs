//! Stores that keep what the traits of `session` ask for.

mod claims;
mod index;
mod join_links;
mod links;
mod marks;
mod one_time;
mod sessions;

#[cfg(test)]
pub(crate) mod contract;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use crate::{
    digest::Digest,
    session::{
        join_links::{AddOutcome, JoinLinks},
        links::{Link, LinkOutcome, LinkScope, Links},
        list::SessionList,
        one_time::{ClaimOutcome, OneTime, OneTimeEntry, PutOutcome, TakeOutcome},
        store::{InsertOutcome, Revocation, RevokeOutcome, SessionKey, SessionStore},
    },
    time::Clock,
};

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use self::{
    claims::Claims, join_links::OrganizationLinks, links::AccountLinks, one_time::Values, sessions::Sessions,
};
use crate::{
    AccountId, Lookup, LookupError, OrgId,
    join::{JoinLink, JoinLinkId},
    session::{SessionPage, SsoSession},
};

/// Keeps sessions, one-time values, account links and join links in memory: for one process, until it ends.
///
/// Clones share what they keep. Every answer is known at once, and [`find`](SessionStore::find) takes no lock that is
/// not its shard's and allocates nothing. Bounded by [`MemoryLimits`], and full differs by what a loss would mean:
///
/// - sessions give way, the oldest first: their users log in with SSO again. Of one key, the newest eight are kept at any time;
/// - one-time values, claims, links of both kinds and revocation marks are refused. A [`revoke`](SessionStore::revoke) that finds
///   no room for its mark answers `Err`, but the sessions in its scope are ended all the same.
///
/// What is past its time is dropped bit by bit as more comes in; what time it is, the arguments say (for an insert
/// the session's [`begun_at`](SsoSession::begun_at)). A clock that steps back drops nothing, and brings back nothing
/// that was claimed or revoked: what can't be told any more is refused.
///
/// ```
/// use tower_sso::store::{MemoryLimits, MemoryStore};
///
/// let store = MemoryStore::new(MemoryLimits { sessions: 50_000, ..MemoryLimits::default() });
/// assert_eq!(format!("{store:?}"), "MemoryStore { sessions: 0, marks: 0, one_time: 0, claims: 0, links: 0, join_links: 0 }");
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Kept>);

/// How many of each a [`MemoryStore`] keeps at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimits {
    /// SSO sessions, of about 1 kB each; at least one. 1,000,000 by default.
    pub sessions: usize,
    /// Pending logins and tickets, those taken included until they are over. 100,000 by default.
    pub one_time: usize,
    /// Replay claims. 500,000 by default.
    pub claims: usize,
    /// Account links, which are never dropped. 1,000,000 by default.
    pub links: usize,
    /// Join links, which are never dropped. 100,000 by default.
    pub join_links: usize,
    /// Marks that revocations left. 100,000 by default.
    pub marks: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            sessions: 1_000_000,
            one_time: 100_000,
            claims: 500_000,
            links: 1_000_000,
            join_links: 100_000,
            marks: 100_000,
        }
    }
}

struct Kept {
    sessions: Sessions,
    one_time: Mutex<Values>,
    claims: Mutex<Claims>,
    links: Mutex<AccountLinks>,
    join_links: Mutex<OrganizationLinks>,
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
            one_time: Mutex::new(Values::new(limits.one_time)),
            claims: Mutex::new(Claims::new(limits.claims)),
            links: Mutex::new(AccountLinks::new(limits.links)),
            join_links: Mutex::new(OrganizationLinks::new(limits.join_links)),
        }
    }
}

impl MemoryStore {
    /// A store with these limits. [`MemoryStore::default`] has the default ones.
    #[must_use]
    pub fn new(limits: MemoryLimits) -> Self {
        Self(Arc::new(Kept::new(limits)))
    }
}

impl SessionStore for MemoryStore {
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
        Lookup::now(self.0.sessions.list(list))
    }

    /// Without room for the mark it ends the sessions and answers `Err`.
    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome> {
        let (revoked, marked) = self.0.sessions.revoke(revocation);
        if marked {
            Lookup::now(revoked)
        } else {
            Lookup::failed(LookupError::new(format!(
                "{} sessions ended, but there is no room for the mark",
                revoked.count
            )))
        }
    }
}

impl OneTime for MemoryStore {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        Lookup::now(lock(&self.0.one_time).put(entry))
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        Lookup::now(lock(&self.0.one_time).take(key))
    }

    fn claim(&self, key: &Digest, until: SystemTime, now: SystemTime) -> Lookup<ClaimOutcome> {
        Lookup::now(lock(&self.0.claims).claim(key, until, now))
    }
}

impl Links for MemoryStore {
    fn pin(&self, link: &Link) -> Lookup<LinkOutcome> {
        Lookup::now(lock(&self.0.links).pin(link))
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

/// Counts, never contents.
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

/// How much of what is past its time one call drops at most: more than a call adds, so it never piles up, and few, so
/// that no call pays for all.
const SWEEP: usize = 16;

/// A lock whose holder panicked still guards what it guards: nothing in here panics half way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
