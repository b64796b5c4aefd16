//! Tests of the memory store beyond the conformance suite.

mod bounds;
mod races;

use std::sync::Arc;

use crate::lookup::Lookup;
use crate::lookup::Split;

use crate::{
    conformance::{
        join_links::join_link,
        links::{link, login},
        one_time::{claim_of, entry},
        sessions::{key, revocation, session},
    },
    memory::{
        memory_store::{MemoryLimits, MemoryStore},
        shared::lock,
    },
};
use crate::{
    credential::Credential,
    session::{
        join_links::JoinLinks,
        links::Links,
        one_time::{ClaimOutcome, OneTime},
        revocation::RevocationScope,
        sso_session::SsoSession,
        store::{InsertOutcome, SessionStore},
    },
};

crate::store_conformance! { Arc::new(MemoryStore::default()) }

mod audit_log {
    use std::sync::Arc;

    use crate::memory::memory_store::MemoryStore;

    crate::audit_log_conformance! { Arc::new(MemoryStore::default()) }
}

mod connections {
    use std::sync::Arc;

    use crate::memory::memory_store::MemoryStore;

    crate::connection_store_conformance! { Arc::new(MemoryStore::default()) }
}

impl MemoryStore {
    /// Returns the size of every collection. Sizes that must be equal are in one array.
    pub(crate) fn sizes(&self) -> Sizes {
        let (index, in_shards, marks) = self.0.sessions.sizes();
        Sizes {
            index,
            in_shards,
            marks,
            one_time: lock(&self.0.one_time).sizes(),
            claims: lock(&self.0.claims).sizes(),
            links: lock(&self.0.links).sizes(),
            join_links: lock(&self.0.join_links).sizes(),
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Sessions: all, by expiry, by scope.
    pub(crate) index: [usize; 3],
    pub(crate) in_shards: usize,
    /// Marks: all, by expiry.
    pub(crate) marks: [usize; 2],
    /// Values: all, by owner, not taken by expiry, taken by expiry.
    pub(crate) one_time: [usize; 4],
    /// Claims: all, by expiry.
    pub(crate) claims: [usize; 2],
    /// Links: the count, by account, by subject, organizations.
    pub(crate) links: [usize; 4],
    /// Join links: the count, all.
    pub(crate) join_links: [usize; 2],
}

impl Sizes {
    /// Asserts that every collection has as many entries as its index. A session has six index entries with a `sid`,
    /// and five without.
    pub(crate) fn agree(&self) {
        let [sessions, by_end, by_scope] = self.index;
        assert_eq!((by_end, self.in_shards), (sessions, sessions), "{self:?}");
        assert!((5 * sessions..=6 * sessions).contains(&by_scope), "{self:?}");
        assert_eq!(self.marks[0], self.marks[1], "{self:?}");
        let [values, by_owner, waiting, taken] = self.one_time;
        assert_eq!((by_owner, waiting + taken), (waiting, values), "{self:?}");
        assert_eq!(self.claims[0], self.claims[1], "{self:?}");
        let [links, by_account, by_subject, organizations] = self.links;
        assert_eq!((by_account, by_subject), (links, links), "{self:?}");
        assert!(organizations <= links, "{self:?}");
        assert_eq!(self.join_links[0], self.join_links[1], "{self:?}");
    }
}

/// Returns the answer, which a memory store always knows immediately.
pub(crate) fn now<T>(lookup: Lookup<T>) -> T {
    match lookup.split() {
        Split::Now(answer) => answer.unwrap(),
        Split::Later(_) => panic!("a memory store answers at once"),
    }
}

fn bounded(change: impl FnOnce(&mut MemoryLimits)) -> MemoryStore {
    let mut limits = MemoryLimits::default();
    change(&mut limits);
    MemoryStore::new(limits)
}

fn numbered(number: u64) -> SsoSession {
    SsoSession { credential: Credential::session(format!("credential-{number}")), ..session() }
}

fn insert(store: &MemoryStore, session: &SsoSession) -> InsertOutcome {
    now(store.insert(Arc::new(session.clone())))
}

fn is_active(store: &MemoryStore, session: &SsoSession) -> bool {
    now(SessionStore::find(store, key(session))).is_some()
}

fn claim(store: &MemoryStore, key: &str, until: u64, at_time: u64) -> ClaimOutcome {
    now(store.claim(&claim_of(key, until, at_time)))
}

#[test]
fn clones_of_a_store_share_their_contents() {
    let store = MemoryStore::default();
    insert(&store.clone(), &session());
    assert!(is_active(&store, &session()));
}

#[test]
fn debug_prints_counts_and_no_contents() {
    let store = MemoryStore::default();
    insert(&store, &session());
    now(store.put(entry("a", "ada")));
    now(store.link(&link("ada", "1"), &login("s1")));
    now(store.add(&join_link("1")));
    claim(&store, "a", 200, 100);
    now(store.revoke(&revocation(RevocationScope::Account("bob".into()), 100)));
    let counts = "MemoryStore { sessions: 1, marks: 1, one_time: 1, claims: 1, links: 1, join_links: 1 }";
    assert_eq!(format!("{store:?}"), counts);
}
