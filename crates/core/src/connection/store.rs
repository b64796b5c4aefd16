//! [`ConnectionStore`]: the trait of a store.

use std::sync::Arc;

use crate::{connection::record::ConnectionRecord, id::OrgId, lookup::Lookup};

/// Keeps the connections of organizations, with their former settings.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "no connection".
pub trait ConnectionStore: Send + Sync + 'static {
    /// Returns the record with the highest number, or `None` if the organization never had a connection.
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>>;

    /// Keeps a record, if its number is one higher than that of the record that [`find`](Self::find) returns (1 if there
    /// is none). If it is any other number, nothing changes, and the answer is [`SaveOutcome::Conflict`]: somebody else
    /// changed the connection in between. Of many calls with one number, one is kept.
    ///
    /// An organization with more than [`CONNECTION_CHANGES`] records loses the one with the lowest number.
    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome>;

    /// Returns at most `limit` records of an organization, the highest number first, and only those with a number below
    /// `before`, if it is given.
    fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Lookup<Vec<ConnectionRecord>>;

    /// Returns what [`find`](Self::find) returns for at most `limit` organizations, in the order of the bytes of their
    /// ids, beginning after `after`, if it is given.
    fn list(&self, after: Option<&OrgId>, limit: usize) -> Lookup<Vec<ConnectionRecord>>;

    /// Replaces the sealed bytes of a record, if the store has exactly this record. Returns whether it had it.
    fn reseal(&self, record: &ConnectionRecord, sealed: &[u8]) -> Lookup<bool>;
}

impl<S: ConnectionStore + ?Sized> ConnectionStore for Arc<S> {
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>> {
        (**self).find(organization)
    }

    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome> {
        (**self).save(record)
    }

    fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Lookup<Vec<ConnectionRecord>> {
        (**self).history(organization, before, limit)
    }

    fn list(&self, after: Option<&OrgId>, limit: usize) -> Lookup<Vec<ConnectionRecord>> {
        (**self).list(after, limit)
    }

    fn reseal(&self, record: &ConnectionRecord, sealed: &[u8]) -> Lookup<bool> {
        (**self).reseal(record, sealed)
    }
}

/// The most records of one organization.
pub const CONNECTION_CHANGES: usize = 1_000;

/// The result of saving a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The record is kept, and is the newest one.
    Saved,
    /// The number does not follow the newest record. Nothing changed.
    Conflict,
}
