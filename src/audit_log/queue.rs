//! [`Queue`]: the records that wait for the database. It is bounded, and no organization fills it for all.

use std::{
    collections::{HashMap, VecDeque},
    time::SystemTime,
};

use tower_sso_core::{
    OrgId,
    audit::{AuditLevel, AuditRecord},
};

/// For how many organizations dropped records are counted apart. Those of others are counted together.
const COUNTED_APART: usize = 1_000;

/// Records in the order in which they happened, and how many were dropped.
pub(crate) struct Queue {
    limit: usize,
    waiting: VecDeque<AuditRecord>,
    /// How many of the waiting ones each organization has.
    shares: HashMap<Option<OrgId>, usize>,
    /// How many of each organization were dropped, and are not told yet.
    untold: HashMap<Option<OrgId>, u64>,
    dropped: u64,
    accepted: u64,
    /// How many accepted ones gave way since the last batch.
    evicted: u64,
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            waiting: VecDeque::new(),
            shares: HashMap::new(),
            untold: HashMap::new(),
            dropped: 0,
            accepted: 0,
            evicted: 0,
        }
    }

    /// Adds a record, and returns whether a record was dropped: this one, or one of the organization that has the most in
    /// a full queue.
    pub(crate) fn push(&mut self, record: AuditRecord) -> bool {
        let share = self.shares.get(&record.organization).copied().unwrap_or_default();
        let is_full = self.waiting.len() >= self.limit;
        if share >= self.limit.div_ceil(4) || (is_full && !self.evict(share)) {
            self.count_dropped(record.organization);
            return true;
        }
        *self.shares.entry(record.organization.clone()).or_default() += 1;
        self.waiting.push_back(record);
        self.accepted += 1;
        is_full
    }

    /// Drops the newest record of the organization that has the most, if that is more than `share` by two at least. Returns
    /// whether it did.
    fn evict(&mut self, share: usize) -> bool {
        let Some((largest, count)) = self.shares.iter().max_by_key(|(_, count)| **count) else {
            return false;
        };
        if *count < share + 2 {
            return false;
        }
        let newest = self.waiting.iter().rposition(|record| record.organization == *largest);
        let Some(record) = newest.and_then(|at| self.waiting.remove(at)) else { return false };
        self.release(&record.organization);
        self.count_dropped(record.organization);
        self.evicted += 1;
        true
    }

    fn release(&mut self, organization: &Option<OrgId>) {
        if let Some(share) = self.shares.get_mut(organization) {
            *share -= 1;
            if *share == 0 {
                self.shares.remove(organization);
            }
        }
    }

    fn count_dropped(&mut self, organization: Option<OrgId>) {
        self.dropped += 1;
        let apart = self.untold.len() < COUNTED_APART || self.untold.contains_key(&organization);
        *self.untold.entry(organization.filter(|_| apart)).or_default() += 1;
    }

    /// Removes the oldest records, and returns them with a record for each organization of which some were dropped.
    pub(crate) fn take(&mut self, most: usize, now: SystemTime) -> Batch {
        let count = self.waiting.len().min(most);
        let mut records: Vec<_> = self.waiting.drain(..count).collect();
        records.iter().for_each(|record| self.release(&record.organization));
        for (organization, count) in self.untold.drain() {
            let mut record = AuditRecord::new(now, "", "audit.dropped", AuditLevel::Warning);
            record.organization = organization;
            record.details.insert("count".to_owned(), count.to_string());
            records.push(record);
        }
        Batch { records, accepted: count as u64 + std::mem::take(&mut self.evicted) }
    }

    /// Returns how many records were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns how many records were ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted
    }
}

/// Records to write.
pub(crate) struct Batch {
    pub(crate) records: Vec<AuditRecord>,
    /// How many accepted records are done with this batch: those in it, and those that gave way to others.
    pub(crate) accepted: u64,
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn of(organization: &str) -> AuditRecord {
        let mut record = AuditRecord::new(UNIX_EPOCH, "r", "login.begun", AuditLevel::Info);
        record.organization = Some(organization.into());
        record
    }

    #[test]
    fn one_organization_takes_a_quarter_and_what_is_dropped_is_told_once() {
        let mut queue = Queue::new(8);
        assert!(!queue.push(of("acme")) && !queue.push(of("acme")));
        assert!(queue.push(of("acme")) && queue.push(of("acme")), "its quarter is full");
        let others = ["b", "b", "c", "c", "d", "d"];
        assert!(!others.iter().any(|organization| queue.push(of(organization))), "the twins");
        assert_eq!((queue.accepted(), queue.dropped()), (8, 2));

        let first = queue.take(2, UNIX_EPOCH);
        assert_eq!((first.accepted, first.records.len()), (2, 3));
        let told = &first.records[2];
        assert_eq!((told.name.as_str(), &told.organization), ("audit.dropped", &Some("acme".into())));
        assert_eq!(told.details["count"], "2");
        assert!(!queue.push(of("acme")), "there is room again");
        let rest = queue.take(100, UNIX_EPOCH);
        assert_eq!((rest.accepted, rest.records.len()), (7, 7), "nothing is told twice");
        assert!(queue.shares.is_empty() && queue.take(100, UNIX_EPOCH).records.is_empty());
    }

    #[test]
    fn organizations_that_fill_the_queue_leave_room_for_one_that_has_less_in_it() {
        let mut queue = Queue::new(8);
        for organization in ["a", "b", "c", "d"] {
            assert!(!queue.push(of(organization)) && !queue.push(of(organization)));
        }
        assert!(queue.push(of("e")), "one of another gave way");
        assert_eq!((queue.accepted(), queue.dropped()), (9, 1));
        // Nobody has two more than this one would have.
        assert!(queue.push(of("e")));
        assert_eq!((queue.accepted(), queue.dropped()), (9, 2));
        let batch = queue.take(100, UNIX_EPOCH);
        assert_eq!(batch.accepted, 9, "a flush does not wait for what gave way");
        let kept = |organization: &str| {
            let theirs =
                |it: &&AuditRecord| it.organization == Some(organization.into()) && it.name == "login.begun";
            batch.records.iter().filter(theirs).count()
        };
        assert_eq!(kept("e"), 1);
        assert_eq!(["a", "b", "c", "d"].map(kept).iter().sum::<usize>(), 7);
    }

    #[test]
    fn the_count_of_dropped_records_is_bounded_too() {
        let mut queue = Queue::new(4);
        for number in 0..3_000 {
            queue.push(of(&number.to_string()));
        }
        assert_eq!(queue.dropped(), 2_996);
        let batch = queue.take(0, UNIX_EPOCH);
        assert_eq!(batch.records.len(), COUNTED_APART + 1);
        let counts = batch.records.iter().map(|it| it.details["count"].parse::<u64>().unwrap());
        assert_eq!(counts.sum::<u64>(), 2_996);
    }
}
