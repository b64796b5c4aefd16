//! The marks of revocations in memory: an SSO login that began before a revocation can't finish after it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    memory::{
        index::{hash, hashes},
        shared::SWEEP,
    },
    session::{revocation::Revocation, sso_session::SsoSession},
};

/// The marks of a store, one for each scope.
pub(crate) struct Marks {
    limit: usize,
    hasher: RandomState,
    next: u64,
    /// Keyed by the hash of the scope, then by a number that distinguishes marks with the same hash.
    marks: BTreeMap<(u64, u64), Revocation>,
    by_end: BTreeSet<(SystemTime, (u64, u64))>,
    /// The latest time of a revocation whose mark was dropped.
    dropped: Option<SystemTime>,
}

impl Marks {
    pub(crate) fn new(limit: usize, hasher: RandomState) -> Self {
        Self { limit, hasher, next: 0, marks: BTreeMap::new(), by_end: BTreeSet::new(), dropped: None }
    }

    /// Returns whether a revocation that covers the session came at or after its beginning, or may have come.
    ///
    /// An SSO login that began before a dropped mark has expired, unless the clock moved backward. In that case we
    /// can no longer tell which sessions the mark covered, and refuse the session.
    pub(crate) fn refuse(&self, session: &SsoSession) -> bool {
        if self.dropped.is_some_and(|at| at >= session.begun_at) {
            return true;
        }
        hashes(&self.hasher, session).any(|hash| {
            self.under(hash).any(|(_, mark)| mark.at >= session.begun_at && mark.scope.covers(session))
        })
    }

    /// Leaves a mark. Returns `false` if there is no room. Two marks of one scope are merged into one that refuses
    /// what either would refuse.
    pub(crate) fn leave(&mut self, revocation: &Revocation) -> bool {
        let Some(hash) = hash(&self.hasher, &revocation.scope) else {
            // A scope that covers nothing needs no mark.
            return true;
        };
        let same = self.under(hash).find(|(_, mark)| mark.scope == revocation.scope);
        let (place, mark) = match same {
            Some((place, mark)) => {
                let at = mark.at.max(revocation.at);
                let mark_until = mark.mark_until.max(revocation.mark_until);
                let (place, until) = (*place, mark.mark_until);
                self.by_end.remove(&(until, place));
                (place, Revocation { scope: revocation.scope.clone(), at, mark_until })
            }
            None if self.marks.len() >= self.limit => return false,
            None => {
                self.next += 1;
                ((hash, self.next), revocation.clone())
            }
        };
        self.by_end.insert((mark.mark_until, place));
        self.marks.insert(place, mark);
        true
    }

    /// Drops some of the expired marks.
    pub(crate) fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let Some((_, place)) = self.by_end.first().copied().filter(|(until, _)| *until <= now) else {
                break;
            };
            self.by_end.pop_first();
            self.dropped = self.dropped.max(self.marks.remove(&place).map(|mark| mark.at));
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.marks.len()
    }

    fn under(&self, hash: u64) -> impl Iterator<Item = (&(u64, u64), &Revocation)> {
        self.marks.range((hash, u64::MIN)..=(hash, u64::MAX))
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 2] {
        [self.marks.len(), self.by_end.len()]
    }
}
