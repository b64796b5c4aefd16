//! [`ConnectionRecord`]: one change of a connection.

use std::time::SystemTime;

use crate::id::{AccountId, OrgId};

/// One change of an organization's connection, with the settings after it. That a connection was removed is a change,
/// too; only the sealed bytes say so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionRecord {
    /// The organization.
    pub organization: OrgId,
    /// The number of the change: 1 for the first one of this organization, and then one more each time.
    pub number: u64,
    /// When it was made. A store may keep whole milliseconds.
    pub changed_at: SystemTime,
    /// Who made it, if the app said so.
    pub changed_by: Option<AccountId>,
    /// The settings after the change, and what it changed, sealed with the key ring.
    pub sealed: Vec<u8>,
}

impl ConnectionRecord {
    /// Returns a record.
    #[must_use]
    pub fn new(
        organization: OrgId,
        number: u64,
        changed_at: SystemTime,
        changed_by: Option<AccountId>,
        sealed: Vec<u8>,
    ) -> Self {
        Self { organization, number, changed_at, changed_by, sealed }
    }
}
