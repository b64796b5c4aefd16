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
        }
    }

    /// Adds a record, and returns whether there was room.
    pub(crate) fn push(&mut self, record: AuditRecord) -> bool {
        let share = self.shares.get(&record.organization).copied().unwrap_or_default();
        if self.waiting.len() >= self.limit || share >= self.limit.div_ceil(4) {
            self.dropped += 1;
            let apart = self.untold.len() < COUNTED_APART || self.untold.contains_key(&record.organization);
            *self.untold.entry(record.organization.filter(|_| apart)).or_default() += 1;
            return false;
        }
        *self.shares.entry(record.organization.clone()).or_default() += 1;
        self.waiting.push_back(record);
        self.accepted += 1;
        true
    }

    /// Removes the oldest records, and returns them with a record for each organization of which some were dropped.
    pub(crate) fn take(&mut self, most: usize, now: SystemTime) -> Batch {
        let count = self.waiting.len().min(most);
        let mut records: Vec<_> = self.waiting.drain(..count).collect();
        for record in &records {
            if let Some(share) = self.shares.get_mut(&record.organization) {
                *share -= 1;
                if *share == 0 {
                    self.shares.remove(&record.organization);
                }
            }
        }
        for (organization, count) in self.untold.drain() {
            let mut record = AuditRecord::new(now, "", "audit.dropped", AuditLevel::Warning);
            record.organization = organization;
            record.details.insert("count".to_owned(), count.to_string());
            records.push(record);
        }
        Batch { records, accepted: count as u64 }
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
    /// How many of them are accepted records, and not about dropped ones.
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
        assert!(queue.push(of("acme")) && queue.push(of("acme")));
        assert!(!queue.push(of("acme")) && !queue.push(of("acme")), "its quarter is full");
        let others = ["b", "b", "c", "c", "d", "d"];
        assert!(others.iter().all(|organization| queue.push(of(organization))), "the twins");
        assert!(!queue.push(of("e")), "all of it is full");
        assert_eq!((queue.accepted(), queue.dropped()), (8, 3));

        let first = queue.take(2, UNIX_EPOCH);
        assert_eq!((first.accepted, first.records.len()), (2, 4));
        let mut told: Vec<_> = first.records[2..]
            .iter()
            .map(|it| (it.name.as_str(), it.organization.clone(), it.details["count"].as_str()))
            .collect();
        told.sort();
        assert_eq!(
            told,
            [("audit.dropped", Some("acme".into()), "2"), ("audit.dropped", Some("e".into()), "1")]
        );
        assert!(queue.push(of("acme")), "there is room again");
        let rest = queue.take(100, UNIX_EPOCH);
        assert_eq!((rest.accepted, rest.records.len()), (7, 7), "nothing is told twice");
        assert!(queue.shares.is_empty() && queue.take(100, UNIX_EPOCH).records.is_empty());
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
