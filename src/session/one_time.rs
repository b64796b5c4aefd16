//! Values that are used once: pending logins, tickets, replay claims, loop marks.

use std::time::SystemTime;

use crate::{Lookup, store::Digest};

/// Keeps values that are used once. Single use is the store's verb: there is no get that could be followed by a
/// delete.
pub trait OneTime: Send + Sync + 'static {
    /// Keeps a value, in the place of one under the same key. Beyond the entry's cap the owner's own oldest goes, never
    /// another's.
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome>;

    /// Takes a value: at most one caller ever gets it, also of several at once.
    fn take(&self, key: &Digest) -> Lookup<TakeOutcome>;

    /// Claims a key until a time: the first caller gets [`ClaimOutcome::First`], every later one
    /// [`ClaimOutcome::Again`] until then. Claims are never dropped early, and a clock that steps back frees none: where the
    /// store has already seen `until` pass, it may answer [`ClaimOutcome::Again`]. So take `until` from what is claimed, the
    /// same each time, and not from the clock.
    fn claim(&self, key: &Digest, until: SystemTime, now: SystemTime) -> Lookup<ClaimOutcome>;
}

/// A value to keep.
#[derive(Clone, Debug)]
pub struct OneTimeEntry {
    /// What it is taken by.
    pub key: Digest,
    /// Whose it is.
    pub owner: Digest,
    /// How many the owner may have at once; at least one.
    pub cap: usize,
    /// The value.
    pub value: Vec<u8>,
    /// When it is put, for the store's housekeeping.
    pub now: SystemTime,
    /// When it is over. The taker judges; a store may forget it from then on.
    pub expires_at: SystemTime,
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is kept.
    Kept,
    /// There is no room.
    Full,
}

/// What a take found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeOutcome {
    /// The value, which is now gone, and when it is over.
    Value {
        /// The value.
        value: Vec<u8>,
        /// When it is over.
        expires_at: SystemTime,
    },
    /// It was there and was taken before. A store that can't tell answers [`TakeOutcome::Nothing`].
    Again,
    /// There is none.
    Nothing,
}

/// What a claim found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// Nobody had claimed it.
    First,
    /// It is claimed.
    Again,
    /// There is no room to keep the claim: whatever needed it must be refused.
    Full,
}
