//! SSO sessions in memory: shards that `find` reads, beside an index that only inserting and revoking touch.

use std::{
    collections::{HashMap, hash_map},
    hash::{BuildHasher as _, BuildHasherDefault, Hasher},
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use foldhash::quality::RandomState;

use super::{
    SWEEP,
    index::{Index, Number},
    lock,
    marks::Marks,
};
use crate::{
    session::{SessionCursor, SessionPage, SsoSession},
    store::{InsertOutcome, Revocation, RevokeOutcome, SessionKey, SessionList},
};

/// The sessions of one store.
///
/// Lock order: the books first, then a shard. Inserting and revoking hold the books from start to end, so one of two
/// that race comes first: a revocation that comes second finds the session and ends it, one that came first has left
/// its mark, and the insert meets it. `find` holds one shard for reading and nothing else; what a revocation took out
/// of a shard before it answered, no later `find` can see.
pub(super) struct Sessions {
    limit: usize,
    hasher: RandomState,
    shards: Box<[Shard; SHARDS]>,
    books: Mutex<Books>,
}

/// What inserting and revoking need, and `find` does not.
struct Books {
    index: Index,
    marks: Marks,
}

/// Many, so that readers seldom meet on one lock and a growing map holds up few of them.
const SHARDS: usize = 256;

/// How many sessions of one key are kept, so that one user can't crowd out the others by logging in with SSO again and again.
pub(super) const PER_KEY: usize = 8;

/// How many sessions a page holds at most, so that no list holds up those that insert and revoke.
const PAGE: usize = 1000;

/// Aligned, so that no two locks share a cache line.
#[derive(Default)]
#[repr(align(128))]
struct Shard(RwLock<Slots>);

/// By the hash of the key alone, so that an entry is small and a `find` waits for memory three times: for the place,
/// the entry, and the session itself, whose own key is compared whole.
type Slots = HashMap<u64, Slot, BuildHasherDefault<AsItIs>>;

/// The sessions whose keys have one hash, of which there is nearly always one: it needs no list.
struct Slot {
    newest: Entry,
    /// The oldest first.
    older: Vec<Entry>,
}

struct Entry {
    number: Number,
    session: Arc<SsoSession>,
}

impl Sessions {
    pub(super) fn new(limit: usize, marks: usize) -> Self {
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

    pub(super) fn find(&self, key: SessionKey<'_>) -> Option<Arc<SsoSession>> {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard(hash).read();
        let mut entries = shard.get(&hash)?.newest_first();
        entries.find(|entry| entry.key() == key).map(|entry| Arc::clone(&entry.session))
    }

    /// Whether a mark refuses the session.
    pub(super) fn revoked(&self, session: &SsoSession) -> bool {
        lock(&self.books).marks.refuse(session)
    }

    pub(super) fn insert(&self, session: Arc<SsoSession>) -> InsertOutcome {
        let mut books = lock(&self.books);
        let Books { index, marks } = &mut *books;
        if marks.refuse(&session) {
            return InsertOutcome::Revoked;
        }
        // The SSO login began no later than now, so nothing that is swept by that time is swept early.
        let now = session.begun_at;
        marks.sweep(now);
        for _ in 0..SWEEP {
            let Some(number) = index.over(now) else { break };
            self.end(index, number);
        }
        while index.count() >= self.limit
            && let Some(number) = index.oldest()
        {
            self.end(index, number);
        }
        let number = index.add(&session);
        if let Some(crowded_out) = self.put(Entry { number, session }) {
            self.end(index, crowded_out);
        }
        InsertOutcome::Stored
    }

    /// A page of a list. The books are held for as long as one page takes.
    pub(super) fn list(&self, list: &SessionList) -> SessionPage {
        let before = match &list.after {
            None => Number::MAX,
            // No session has a number below: what is no cursor of ours leads nowhere.
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

    /// What it ended, and whether it left its mark.
    pub(super) fn revoke(&self, revocation: &Revocation) -> (RevokeOutcome, bool) {
        let mut books = lock(&self.books);
        let Books { index, marks } = &mut *books;
        marks.sweep(revocation.at);
        let marked = marks.leave(revocation);
        let mut revoked = RevokeOutcome::default();
        for number in index.covered(&revocation.scope) {
            let Some(session) = self.end(index, number) else { continue };
            revoked.count += 1;
            if revocation.scope.names_sessions() {
                revoked.sessions.push(session);
            }
        }
        (revoked, marked)
    }

    /// How many sessions and marks there are.
    pub(super) fn count(&self) -> (usize, usize) {
        let books = lock(&self.books);
        (books.index.count(), books.marks.count())
    }

    /// Adds an entry to its shard. Answers which one of the same key is now one too many.
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

    /// Takes a session out of the index and its shard.
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

    /// By bits that the map of the shard does not go by: it takes the lowest and the highest.
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

/// Takes a hash for the hash that it is.
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
    /// How many there are in the index (three ways), in the shards, and of marks (two ways).
    pub(super) fn sizes(&self) -> ([usize; 3], usize, [usize; 2]) {
        let books = lock(&self.books);
        let of = |shard: &Shard| shard.read().values().map(|slot| slot.newest_first().count()).sum::<usize>();
        (books.index.sizes(), self.shards.iter().map(of).sum(), books.marks.sizes())
    }
}
