//! The audit log in memory.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::SystemTime,
};

use foldhash::quality::RandomState;

use crate::{
    audit::{
        log::ORGANIZATION_EVENTS,
        query::{AuditCursor, AuditPage, AuditQuery},
        record::AuditRecord,
    },
    id::OrgId,
};

/// The maximum number of records in a page.
const PAGE: usize = 1000;

/// The records by their number, and the numbers of each organization, oldest first.
pub(crate) struct Events {
    limit: usize,
    next: u64,
    records: BTreeMap<u64, AuditRecord>,
    organizations: HashMap<Option<OrgId>, VecDeque<u64>, RandomState>,
}

impl Events {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), next: 0, records: BTreeMap::new(), organizations: HashMap::default() }
    }

    pub(crate) fn append(&mut self, record: &AuditRecord) {
        let theirs = self.organizations.entry(record.organization.clone()).or_default();
        let is_full = theirs.len() >= ORGANIZATION_EVENTS.min(self.limit.div_ceil(2));
        if let Some(oldest) = is_full.then(|| theirs.pop_front()).flatten() {
            self.records.remove(&oldest);
        }
        theirs.push_back(self.next);
        self.records.insert(self.next, record.clone());
        self.next += 1;
        while self.records.len() > self.limit {
            let Some(&oldest) = self.records.keys().next() else { return };
            self.remove(oldest);
        }
    }

    pub(crate) fn query(&self, query: &AuditQuery) -> AuditPage {
        let before = match &query.after {
            None => u64::MAX,
            // No record has a lower number. Therefore a cursor that this log did not return gives an empty page.
            Some(cursor) => cursor.as_str().parse().unwrap_or(0),
        };
        let limit = query.limit.clamp(1, PAGE);
        let older = |number: &u64| *number < before;
        let mut found: Vec<_> = match &query.organization {
            Some(_) => {
                let theirs = self.organizations.get(&query.organization).into_iter().flatten().rev().copied();
                self.fitting(query, theirs.filter(older), limit)
            }
            None => self.fitting(query, self.records.range(..before).rev().map(|(number, _)| *number), limit),
        };
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(number, _)| AuditCursor::new(number.to_string()));
        AuditPage::new(found.into_iter().map(|(_, record)| record).collect(), next)
    }

    /// Returns one record more than the limit, if there are as many.
    fn fitting(
        &self,
        query: &AuditQuery,
        numbers: impl Iterator<Item = u64>,
        limit: usize,
    ) -> Vec<(u64, AuditRecord)> {
        let records = numbers.filter_map(|number| Some((number, self.records.get(&number)?)));
        let fitting = records.filter(|(_, record)| query.covers(record)).take(limit + 1);
        fitting.map(|(number, record)| (number, record.clone())).collect()
    }

    pub(crate) fn forget(&mut self, before: SystemTime, most: usize) -> usize {
        let old = self.records.iter().filter(|(_, record)| record.at < before);
        let old: Vec<_> = old.map(|(number, _)| *number).take(most).collect();
        old.iter().for_each(|number| self.remove(*number));
        old.len()
    }

    fn remove(&mut self, number: u64) {
        let Some(record) = self.records.remove(&number) else { return };
        if let Some(theirs) = self.organizations.get_mut(&record.organization) {
            if let Ok(place) = theirs.binary_search(&number) {
                theirs.remove(place);
            }
            if theirs.is_empty() {
                self.organizations.remove(&record.organization);
            }
        }
    }
}
