//! One-time values in memory. The key of a taken value is kept until the value would have expired, so that a second
//! take can be distinguished from one of a key that never existed.

use std::{
    collections::{BTreeMap, HashMap},
    time::SystemTime,
};

use crate::digest::Digest;
use foldhash::quality::RandomState;

use crate::{
    memory::shared::SWEEP,
    session::one_time::{OneTimeEntry, PutOutcome, TakeOutcome},
};

/// The one-time values of a store.
pub(crate) struct Values {
    limit: usize,
    next: u64,
    entries: HashMap<Digest, Entry, RandomState>,
    /// The keys that were not taken yet, by owner; each owner's oldest key is first.
    by_owner: BTreeMap<(Digest, u64), Digest>,
    /// The keys that were not taken yet, by expiry.
    waiting: BTreeMap<(SystemTime, u64), Digest>,
    /// The keys that were taken, by expiry. They are dropped to make room for any value.
    taken: BTreeMap<(SystemTime, u64), Digest>,
}

struct Entry {
    number: u64,
    owner: Digest,
    /// `None` after the value is taken.
    value: Option<Vec<u8>>,
    expires_at: SystemTime,
}

impl Values {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            next: 0,
            entries: HashMap::default(),
            by_owner: BTreeMap::new(),
            waiting: BTreeMap::new(),
            taken: BTreeMap::new(),
        }
    }

    pub(crate) fn put(&mut self, entry: OneTimeEntry) -> PutOutcome {
        let OneTimeEntry { key, owner, cap, value, now, expires_at } = entry;
        self.sweep(now);
        self.forget(&key);
        self.make_room_for(owner, cap);
        if self.entries.len() >= self.limit && !self.forget_a_taken() {
            return PutOutcome::Full;
        }
        let number = self.next;
        self.next += 1;
        self.by_owner.insert((owner, number), key);
        self.waiting.insert((expires_at, number), key);
        self.entries.insert(key, Entry { number, owner, value: Some(value), expires_at });
        PutOutcome::Kept
    }

    pub(crate) fn take(&mut self, key: &Digest) -> TakeOutcome {
        let Some(entry) = self.entries.get_mut(key) else { return TakeOutcome::Nothing };
        let Some(value) = entry.value.take() else { return TakeOutcome::Again };
        let &mut Entry { number, owner, expires_at, .. } = entry;
        self.by_owner.remove(&(owner, number));
        self.waiting.remove(&(expires_at, number));
        self.taken.insert((expires_at, number), *key);
        TakeOutcome::Value { value, expires_at }
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// Drops some of the expired values.
    fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let firsts = [self.waiting.first_key_value(), self.taken.first_key_value()];
            let over = firsts.into_iter().flatten().find(|((end, _), _)| *end <= now).map(|(_, key)| *key);
            let Some(key) = over else { break };
            self.forget(&key);
        }
    }

    /// Drops the owner's oldest values until there is room for one more under the cap.
    fn make_room_for(&mut self, owner: Digest, cap: usize) {
        let theirs: Vec<_> =
            self.by_owner.range((owner, u64::MIN)..=(owner, u64::MAX)).map(|(_, key)| *key).collect();
        let too_many = (theirs.len() + 1).saturating_sub(cap);
        for key in theirs.iter().take(too_many) {
            self.forget(key);
        }
    }

    fn forget_a_taken(&mut self) -> bool {
        let first = self.taken.first_key_value().map(|(_, key)| *key);
        first.is_some_and(|key| self.forget(&key))
    }

    fn forget(&mut self, key: &Digest) -> bool {
        let Some(Entry { number, owner, expires_at, .. }) = self.entries.remove(key) else { return false };
        self.by_owner.remove(&(owner, number));
        self.waiting.remove(&(expires_at, number));
        self.taken.remove(&(expires_at, number));
        true
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 4] {
        [self.entries.len(), self.by_owner.len(), self.waiting.len(), self.taken.len()]
    }
}
