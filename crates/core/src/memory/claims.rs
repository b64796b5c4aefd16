//! Claims in memory.

use std::{
    collections::{BTreeSet, HashMap},
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    digest::Digest,
    id::OrgId,
    memory::{
        shared::SWEEP,
        usage::{Ledger, Usage},
    },
    session::one_time::{Claim, ClaimKind, ClaimOutcome, MAX_CLAIM, ORGANIZATION_CLAIMS},
    time::later,
};

/// How much of a budget one claim uses.
const ONE: Usage = Usage { values: 1, bytes: 0 };

/// The replay claims of a store.
pub(crate) struct Claims {
    limit: usize,
    held: HashMap<Digest, Held, RandomState>,
    by_end: BTreeSet<(SystemTime, Digest)>,
    organizations: Ledger<OrgId>,
    /// The latest `until` of all claims against replay that were dropped.
    floor: Option<SystemTime>,
}

struct Held {
    until: SystemTime,
    kind: ClaimKind,
    organization: OrgId,
}

impl Claims {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            held: HashMap::default(),
            by_end: BTreeSet::new(),
            organizations: Ledger::default(),
            floor: None,
        }
    }

    pub(crate) fn claim(&mut self, claim: &Claim) -> ClaimOutcome {
        let Claim { key, organization, kind, until, now } = claim;
        if let Some(held) = self.held.get(key) {
            if *now < held.until {
                return ClaimOutcome::Again;
            }
            self.forget((held.until, *key));
        }
        self.sweep(*now);
        // A later floor comes from a clock that was wrong: no claim that can be made now has such an end.
        let latest = later(*now, MAX_CLAIM);
        self.floor = self.floor.map(|floor| floor.min(latest));
        // If the end is at the floor or before, the claim has expired, unless the clock moved backward. In that case it
        // may be a claim that was dropped, and the store can no longer tell.
        let can_not_tell = *until > latest || self.floor.is_some_and(|floor| *until <= floor);
        if *kind == ClaimKind::Replay && can_not_tell {
            return ClaimOutcome::Again;
        }
        if self.held.len() >= self.limit || self.organizations.of(organization).values >= ORGANIZATION_CLAIMS
        {
            return ClaimOutcome::Full;
        }
        let held = Held { until: *until, kind: *kind, organization: organization.clone() };
        self.held.insert(*key, held);
        self.by_end.insert((*until, *key));
        self.organizations.add(organization, ONE);
        ClaimOutcome::First
    }

    pub(crate) fn count(&self) -> usize {
        self.held.len()
    }

    /// Drops some of the expired claims.
    fn sweep(&mut self, now: SystemTime) {
        for _ in 0..SWEEP {
            let Some(claim) = self.by_end.first().copied().filter(|(until, _)| *until <= now) else { break };
            self.forget(claim);
        }
    }

    fn forget(&mut self, claim: (SystemTime, Digest)) {
        self.by_end.remove(&claim);
        let Some(held) = self.held.remove(&claim.1) else { return };
        self.organizations.take(&held.organization, ONE);
        if held.kind == ClaimKind::Replay {
            self.floor = self.floor.max(Some(held.until));
        }
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 2] {
        assert_eq!(self.organizations.total().values, self.held.len());
        [self.held.len(), self.by_end.len()]
    }
}
