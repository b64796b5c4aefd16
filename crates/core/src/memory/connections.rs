//! Connections in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

use crate::{
    connection::{
        record::ConnectionRecord,
        store::{CONNECTION_CHANGES, SaveOutcome},
    },
    id::OrgId,
};

/// The records of each organization, the lowest number first.
#[derive(Default)]
pub(crate) struct Versions(BTreeMap<OrgId, VecDeque<ConnectionRecord>>);

impl Versions {
    pub(crate) fn find(&self, organization: &OrgId) -> Option<ConnectionRecord> {
        self.0.get(organization)?.back().cloned()
    }

    pub(crate) fn save(&mut self, record: &ConnectionRecord) -> SaveOutcome {
        let newest = self.0.get(&record.organization).and_then(VecDeque::back).map_or(0, |it| it.number);
        if record.number.checked_sub(1) != Some(newest) {
            return SaveOutcome::Conflict;
        }
        let theirs = self.0.entry(record.organization.clone()).or_default();
        theirs.push_back(record.clone());
        if theirs.len() > CONNECTION_CHANGES {
            theirs.pop_front();
        }
        SaveOutcome::Saved
    }

    pub(crate) fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Vec<ConnectionRecord> {
        let theirs = self.0.get(organization).into_iter().flatten().rev();
        theirs.filter(|it| before.is_none_or(|before| it.number < before)).take(limit).cloned().collect()
    }

    pub(crate) fn list(&self, after: Option<&OrgId>, limit: usize) -> Vec<ConnectionRecord> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let newest =
            self.0.range::<OrgId, _>((from, Bound::Unbounded)).filter_map(|(_, theirs)| theirs.back());
        newest.take(limit).cloned().collect()
    }

    pub(crate) fn reseal(&mut self, record: &ConnectionRecord, sealed: &[u8]) -> bool {
        let theirs = self.0.get_mut(&record.organization).into_iter().flatten();
        let Some(found) = theirs.filter(|it| **it == *record).last() else { return false };
        found.sealed = sealed.to_vec();
        true
    }
}
