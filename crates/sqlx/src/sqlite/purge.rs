//! Housekeeping: drops what has expired.

use std::time::SystemTime;

use sqlx::SqliteConnection;
use tower_sso_core::LookupError;

use crate::sqlite::{claims, marks, sessions, values};

/// How many expired rows were dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Purged {
    /// SSO sessions.
    pub sessions: u64,
    /// Marks of revocations.
    pub marks: u64,
    /// Pending logins and tickets, also those that were taken.
    pub values: u64,
    /// Claims.
    pub claims: u64,
}

impl Purged {
    pub(crate) fn add(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.marks += other.marks;
        self.values += other.values;
        self.claims += other.claims;
    }

    pub(crate) fn largest(self) -> u64 {
        self.sessions.max(self.marks).max(self.values).max(self.claims)
    }
}

/// Drops at most `most` expired rows of each kind.
pub(crate) async fn expired(
    writing: &mut SqliteConnection,
    now: SystemTime,
    most: u32,
) -> Result<Purged, LookupError> {
    Ok(Purged {
        sessions: sessions::sweep(writing, now, most).await?,
        marks: marks::sweep(writing, now, most).await?,
        values: values::sweep(writing, now, most).await?,
        claims: claims::sweep(writing, now, most).await?,
    })
}
