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
    session::{revision::Revision, revocation::Revocation, sso_session::SsoSession},
};

/// The marks of a store, one for each scope.
pub(crate) struct Marks {
    limit: usize,
    hasher: RandomState,
    /// The number of revocations up to now.
    revision: u64,
    /// Keyed by the hash of the scope, then by the mark's revision.
    marks: BTreeMap<Place, Revocation>,
    by_end: BTreeSet<(SystemTime, Place)>,
    by_revision: BTreeMap<u64, Place>,
    /// The highest revision of a mark that was dropped.
    floor: u64,
    /// The latest `at` of a mark that was dropped.
    dropped_at: Option<SystemTime>,
}

/// The hash of a mark's scope, and the mark's revision.
type Place = (u64, u64);

impl Marks {
    pub(crate) fn new(limit: usize, hasher: RandomState) -> Self {
        Self {
            limit: limit.max(1),
            hasher,
            revision: 0,
            marks: BTreeMap::new(),
            by_end: BTreeSet::new(),
            by_revision: BTreeMap::new(),
            floor: 0,
            dropped_at: None,
        }
    }

    /// Returns the revision at which a login begins now, or began at the provider.
    pub(crate) fn revision(&self, since: Option<SystemTime>) -> Revision {
        let Some(since) = since else { return Revision::new(self.revision) };
        if self.dropped_at.is_some_and(|at| at >= since) {
            return Revision::new(0);
        }
        let later = self
            .by_revision
            .iter()
            .find(|(_, place)| self.marks.get(place).is_some_and(|mark| mark.at >= since));
        Revision::new(later.map_or(self.revision, |(revision, _)| revision - 1))
    }

    /// Returns whether a revocation that covers the session came after it began, or may have come.
    pub(crate) fn refuse(&self, session: &SsoSession) -> bool {
        let begun = session.revision.get();
        begun < self.floor
            || hashes(&self.hasher, session).any(|hash| {
                let later = self.marks.range((hash, begun.saturating_add(1))..=(hash, u64::MAX));
                later.into_iter().any(|(_, mark)| mark.scope.covers(session))
            })
    }

    /// Raises the revision and leaves a mark. Two marks of one scope are merged into one that refuses what either would
    /// refuse.
    pub(crate) fn leave(&mut self, revocation: &Revocation) {
        self.revision += 1;
        let Some(hash) = hash(&self.hasher, &revocation.scope) else {
            // A scope that covers nothing needs no mark.
            return;
        };
        let mut mark = revocation.clone();
        let mut all_of_hash = self.marks.range((hash, u64::MIN)..=(hash, u64::MAX));
        let same = all_of_hash.find(|(_, mark)| mark.scope == revocation.scope).map(|(place, _)| *place);
        if let Some(earlier) = same.and_then(|place| self.remove(place)) {
            mark.at = mark.at.max(earlier.at);
            mark.mark_until = mark.mark_until.max(earlier.mark_until);
        }
        while self.marks.len() >= self.limit
            && let Some(oldest) = self.by_revision.first_key_value().map(|(_, place)| *place)
        {
            self.drop_mark(oldest);
        }
        let place = (hash, self.revision);
        self.by_end.insert((mark.mark_until, place));
        self.by_revision.insert(self.revision, place);
        self.marks.insert(place, mark);
    }

    /// Drops some of the expired marks.
    pub(crate) fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let Some((_, place)) = self.by_end.first().copied().filter(|(until, _)| *until <= now) else {
                break;
            };
            self.drop_mark(place);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.marks.len()
    }

    /// Drops a mark. A login that began before it is refused from now on: it has expired, unless the mark was dropped
    /// early, and then it can no longer be told whether the mark covered it.
    fn drop_mark(&mut self, place: Place) {
        let dropped = self.remove(place).map(|mark| mark.at);
        self.dropped_at = self.dropped_at.max(dropped);
        self.floor = self.floor.max(place.1);
    }

    fn remove(&mut self, place: Place) -> Option<Revocation> {
        let mark = self.marks.remove(&place)?;
        self.by_end.remove(&(mark.mark_until, place));
        self.by_revision.remove(&place.1);
        Some(mark)
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 2] {
        assert_eq!(self.by_revision.len(), self.marks.len());
        [self.marks.len(), self.by_end.len()]
    }
}
