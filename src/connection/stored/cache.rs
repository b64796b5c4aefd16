//! The connections that were read lately.

use std::{
    collections::HashMap,
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::quality::RandomState;
use tokio::time::Instant;
use tower_sso_core::{OrgId, connection::ConnectionRecord};

use crate::connection::checked::Connection;

const SHARDS: usize = 16;
/// How many connections each shard has at most. When it is full, it is emptied.
const LIMIT: usize = 8_192;

/// Connections by organization. There is no entry for an organization without one.
#[derive(Default)]
pub(crate) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

#[derive(Default)]
struct Shard {
    /// Grows with each invalidation: an answer whose read began before one is not kept.
    generation: u64,
    entries: HashMap<OrgId, Entry, RandomState>,
}

struct Entry {
    known: Known,
    /// When the read began that found the record last, unless it was invalidated since then.
    confirmed: Option<Instant>,
}

/// A record, and the connection that was built from it.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) record: Arc<ConnectionRecord>,
    pub(crate) connection: Arc<Connection>,
}

/// What has to be remembered from the beginning of a read to its end.
pub(crate) struct Read {
    generation: u64,
    begun: Instant,
    /// What was known at the beginning.
    pub(crate) known: Option<Known>,
}

impl Cache {
    /// Returns the connection, if its record was found within this time; else begins a read.
    pub(crate) fn find(&self, organization: &OrgId, max_age: Duration) -> Result<Arc<Connection>, Read> {
        let (shard, now) = (self.shard(organization), Instant::now());
        let entry = shard.entries.get(organization);
        let is_recent = |at: Instant| now.duration_since(at) < max_age;
        match entry {
            Some(entry) if entry.confirmed.is_some_and(is_recent) => Ok(Arc::clone(&entry.known.connection)),
            _ => {
                let known = entry.map(|entry| entry.known.clone());
                Err(Read { generation: shard.generation, begun: now, known })
            }
        }
    }

    /// Ends a read that found a connection.
    pub(crate) fn keep(&self, organization: &OrgId, read: &Read, known: Known) {
        let mut shard = self.shard(organization);
        if shard.generation != read.generation {
            return;
        }
        if shard.entries.len() >= LIMIT && !shard.entries.contains_key(organization) {
            shard.entries.clear();
        }
        shard.entries.insert(organization.clone(), Entry { known, confirmed: Some(read.begun) });
    }

    /// Ends a read that found no connection.
    pub(crate) fn remove(&self, organization: &OrgId) {
        self.shard(organization).entries.remove(organization);
    }

    /// Makes the next [`find`](Self::find) read the record again.
    pub(crate) fn invalidate(&self, organization: &OrgId) {
        let mut shard = self.shard(organization);
        shard.generation += 1;
        if let Some(entry) = shard.entries.get_mut(organization) {
            entry.confirmed = None;
        }
    }

    fn shard(&self, organization: &OrgId) -> MutexGuard<'_, Shard> {
        let hash = self.hasher.hash_one(organization) as usize;
        self.shards[hash % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
