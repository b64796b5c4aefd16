//! [`AuditLog`]: the trait of a log.

use std::{sync::Arc, time::SystemTime};

use crate::{
    audit::{
        query::{AuditPage, AuditQuery},
        record::AuditRecord,
    },
    lookup::Lookup,
};

/// Keeps audit records, in the order in which they were appended.
///
/// An organization that has [`ORGANIZATION_EVENTS`] records loses its own oldest one for each new one, and never one of
/// another. The records without an organization share one budget. Apart from that, a record is kept until
/// [`forget`](Self::forget).
///
/// # Errors
///
/// Each method returns `Err` if the log fails. An `Err` never means "nothing found".
pub trait AuditLog: Send + Sync + 'static {
    /// Appends records, all of them or none.
    fn append(&self, records: &[AuditRecord]) -> Lookup<()>;

    /// Returns a page of the records that the query names, the one that was appended last first.
    fn query(&self, query: &AuditQuery) -> Lookup<AuditPage>;

    /// Drops records that happened before this time, at most `most` of them, and returns how many were dropped. A caller
    /// repeats it until it drops none.
    fn forget(&self, before: SystemTime, most: usize) -> Lookup<usize>;
}

impl<L: AuditLog + ?Sized> AuditLog for Arc<L> {
    fn append(&self, records: &[AuditRecord]) -> Lookup<()> {
        (**self).append(records)
    }

    fn query(&self, query: &AuditQuery) -> Lookup<AuditPage> {
        (**self).query(query)
    }

    fn forget(&self, before: SystemTime, most: usize) -> Lookup<usize> {
        (**self).forget(before, most)
    }
}

/// The most records of one organization, and of those without one.
pub const ORGANIZATION_EVENTS: usize = 100_000;
