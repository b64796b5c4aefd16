//! [`Purged`]: what a purge dropped.

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
