//! Claims in memory.

use std::{
    collections::{BTreeSet, HashMap},
    time::SystemTime,
};

use crate::digest::Digest;
use foldhash::quality::RandomState;

use crate::{memory::shared::SWEEP, session::one_time::ClaimOutcome};

/// The replay claims of a store.
pub(crate) struct Claims {
    limit: usize,
    until: HashMap<Digest, SystemTime, RandomState>,
    by_end: BTreeSet<(SystemTime, Digest)>,
    /// The latest `until` of all claims that were dropped.
    dropped: Option<SystemTime>,
}

impl Claims {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, until: HashMap::default(), by_end: BTreeSet::new(), dropped: None }
    }

    pub(crate) fn claim(&mut self, key: &Digest, until: SystemTime, now: SystemTime) -> ClaimOutcome {
        if let Some(&held_until) = self.until.get(key) {
            if now < held_until {
                return ClaimOutcome::Again;
            }
            self.forget((held_until, *key));
        }
        self.sweep(now);
        // Such a claim has expired, unless the clock moved backward. In that case it may be a claim that was dropped,
        // and the store can no longer tell.
        if self.dropped.is_some_and(|dropped| until <= dropped) {
            return ClaimOutcome::Again;
        }
        if self.until.len() >= self.limit {
            return ClaimOutcome::Full;
        }
        self.until.insert(*key, until);
        self.by_end.insert((until, *key));
        ClaimOutcome::First
    }

    pub(crate) fn count(&self) -> usize {
        self.until.len()
    }

    /// Drops some of the expired claims.
    fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let Some(claim) = self.by_end.first().copied().filter(|(until, _)| *until <= now) else { break };
            self.forget(claim);
        }
    }

    fn forget(&mut self, claim: (SystemTime, Digest)) {
        self.dropped = self.dropped.max(Some(claim.0));
        self.by_end.remove(&claim);
        self.until.remove(&claim.1);
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 2] {
        [self.until.len(), self.by_end.len()]
    }
}
