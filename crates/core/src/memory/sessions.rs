//! SSO sessions in memory: shards for `find`, and an index for inserting, listing and revoking.

use std::{
    collections::{HashMap, hash_map},
    hash::{BuildHasher as _, BuildHasherDefault, Hasher},
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    memory::{
        index::{Index, Number},
        marks::Marks,
        shared::{SWEEP, lock},
    },
    session::{
        list::{SessionCursor, SessionList, SessionPage},
        revision::Revision,
        revocation::Revocation,
        sso_session::SsoSession,
        store::{InsertOutcome, RevokeOutcome, SessionKey},
    },
};

/// The sessions of one store.
///
/// Lock order: first the books, then a shard. Inserting and revoking hold the books from start to end, which puts two
/// racing calls in an order. If the revocation is second, it finds the session and ends it. If it is first, it has left
/// its mark, and the insert finds the mark. `find` holds only a read lock on one shard. After a revocation has
/// answered, no later `find` can see the sessions that it removed from a shard.
pub(crate) struct Sessions {
    limit: usize,
    hasher: RandomState,
    shards: Box<[Shard; SHARDS]>,
    books: Mutex<Books>,
}

/// The data that inserting, listing and revoking need, and that `find` does not need.
struct Books {
    index: Index,
    marks: Marks,
}

/// There are many shards, so that readers seldom wait for the same lock and a growing map delays few of them.
const SHARDS: usize = 256;

/// How many sessions of one key are kept, so that one user can't displace the sessions of others by repeated SSO
/// logins.
pub(crate) const PER_KEY: usize = 8;

/// The maximum number of sessions in a page, so that no list delays inserting and revoking for long.
const PAGE: usize = 1000;

/// Aligned so that no two locks share a cache line.
#[derive(Default)]
#[repr(align(128))]
struct Shard(RwLock<Slots>);

/// Keyed by the hash of the key alone, so that an entry is small and a `find` waits for memory three times: for the
/// position, the entry, and the session itself, whose whole key is compared.
type Slots = HashMap<u64, Slot, BuildHasherDefault<AsItIs>>;

/// The sessions whose keys have the same hash. There is nearly always exactly one, which needs no list.
struct Slot {
    newest: Entry,
    /// The oldest is first.
    older: Vec<Entry>,
}

struct Entry {
    number: Number,
    session: Arc<SsoSession>,
}

impl Sessions {
    pub(crate) fn new(limit: usize, marks: usize) -> Self {
        let hasher = RandomState::default();
        Self {
            limit: limit.max(1),
            shards: Box::new(std::array::from_fn(|_| Shard::default())),
            books: Mutex::new(Books {
                index: Index::new(hasher.clone()),
                marks: Marks::new(marks, hasher.clone()),
            }),
            hasher,
        }
    }

    pub(crate) fn find(&self, key: SessionKey<'_>) -> Option<Arc<SsoSession>> {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard(hash).read();
        let mut entries = shard.get(&hash)?.newest_first();
        entries.find(|entry| entry.key() == key).map(|entry| Arc::clone(&entry.session))
    }

    /// Returns the revision at which a login begins now, or began at the provider.
    pub(crate) fn revision(&self, since: Option<SystemTime>) -> Revision {
        lock(&self.books).marks.revision(since)
    }

    /// Returns whether a mark refuses the session.
    pub(crate) fn revoked(&self, session: &SsoSession) -> bool {
        lock(&self.books).marks.refuse(session)
    }

    pub(crate) fn insert(&self, session: Arc<SsoSession>) -> InsertOutcome {
        let mut books = lock(&self.books);
        let Books { index, marks } = &mut *books;
        if marks.refuse(&session) {
            return InsertOutcome::Revoked;
        }
        // The SSO login began at this time or earlier. Therefore nothing is dropped too early.
        let now = session.begun_at;
        marks.sweep(now);
        for _ in 0..SWEEP {
            let Some(number) = index.over(now) else { break };
            self.end(index, number);
        }
        while index.count() >= self.limit
            && let Some(number) = index.gives_way_to(&session)
        {
            self.end(index, number);
        }
        let number = index.add(&session);
        if let Some(crowded_out) = index.beyond_budget(&session) {
            self.end(index, crowded_out);
        }
        if let Some(crowded_out) = self.put(Entry { number, session }) {
            self.end(index, crowded_out);
        }
        InsertOutcome::Stored
    }

    /// Returns a page of a list. Holds the books while it reads one page.
    pub(crate) fn list(&self, list: &SessionList) -> SessionPage {
        let before = match &list.after {
            None => Number::MAX,
            // No session has a lower number. Therefore a cursor that this store did not return gives an empty page.
            Some(cursor) => cursor.as_str().parse().unwrap_or(Number::MIN),
        };
        let books = lock(&self.books);
        let counts = |session: &Arc<SsoSession>| {
            let found = self.find(session.key());
            found.is_some_and(|found| Arc::ptr_eq(&found, session))
        };
        let mut listed = books.index.listed(&list.of, before).filter(|(_, session)| counts(session));
        let limit = list.limit.clamp(1, PAGE);
        let page: Vec<_> = listed.by_ref().take(limit).collect();
        let last = page.last().map(|(number, _)| *number);
        let next = last.filter(|_| listed.next().is_some());
        SessionPage {
            sessions: page.into_iter().map(|(_, session)| Arc::clone(session)).collect(),
            next: next.map(|number| SessionCursor::new(number.to_string())),
        }
    }

    /// Returns the sessions that ended.
    pub(crate) fn revoke(&self, revocation: &Revocation) -> RevokeOutcome {
        let mut books = lock(&self.books);
        let Books { index, marks } = &mut *books;
        marks.sweep(revocation.at);
        marks.leave(revocation);
        let mut revoked = RevokeOutcome::default();
        for number in index.covered(&revocation.scope) {
            let Some(session) = self.end(index, number) else { continue };
            revoked.count += 1;
            if revocation.scope.names_sessions() {
                revoked.sessions.push(session);
            }
        }
        revoked
    }

    /// Returns the number of sessions and of marks.
    pub(crate) fn count(&self) -> (usize, usize) {
        let books = lock(&self.books);
        (books.index.count(), books.marks.count())
    }

    /// Adds an entry to its shard. Returns the session of the same key that is now one too many, if any.
    fn put(&self, entry: Entry) -> Option<Number> {
        let hash = self.hasher.hash_one(entry.key());
        let mut shard = self.shard(hash).write();
        let slot = match shard.entry(hash) {
            hash_map::Entry::Vacant(place) => {
                place.insert(Slot { newest: entry, older: Vec::new() });
                return None;
            }
            hash_map::Entry::Occupied(place) => place.into_mut(),
        };
        slot.older.push(std::mem::replace(&mut slot.newest, entry));
        let key = slot.newest.key();
        let same = slot.newest_first().filter(|entry| entry.key() == key);
        same.map(|entry| entry.number).nth(PER_KEY)
    }

    /// Removes a session from the index and its shard.
    fn end(&self, index: &mut Index, number: Number) -> Option<Arc<SsoSession>> {
        let session = index.remove(number)?;
        let hash = self.hasher.hash_one(session.key());
        let mut shard = self.shard(hash).write();
        if let Some(slot) = shard.get_mut(&hash) {
            if slot.newest.number != number {
                slot.older.retain(|entry| entry.number != number);
            } else if let Some(next) = slot.older.pop() {
                slot.newest = next;
            } else {
                shard.remove(&hash);
            }
        }
        drop(shard);
        Some(session)
    }

    /// Uses bits that the shard's map does not use: the map uses the lowest and the highest.
    fn shard(&self, hash: u64) -> &Shard {
        &self.shards[(hash >> 40) as usize % SHARDS]
    }
}

impl Shard {
    fn read(&self) -> RwLockReadGuard<'_, Slots> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Slots> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.newest).chain(self.older.iter().rev())
    }
}

impl Entry {
    fn key(&self) -> SessionKey<'_> {
        self.session.key()
    }
}

/// A hasher that returns the hash that it was given.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
impl Sessions {
    /// Returns the number of entries in the index (three ways), in the shards, and of marks (two ways).
    pub(crate) fn sizes(&self) -> ([usize; 3], usize, [usize; 2]) {
        let books = lock(&self.books);
        let of = |shard: &Shard| shard.read().values().map(|slot| slot.newest_first().count()).sum::<usize>();
        (books.index.sizes(), self.shards.iter().map(of).sum(), books.marks.sizes())
    }
}
