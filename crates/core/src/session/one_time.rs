//! Values that are used once: pending logins, tickets, replay claims, loop marks.

use std::time::SystemTime;

use crate::digest::Digest;
use crate::lookup::Lookup;

/// Stores values that are used once. The store itself guarantees single use: it has `take`, and no `get` that a
/// caller would have to follow with a delete.
pub trait OneTime: Send + Sync + 'static {
    /// Stores a value, replacing any value under the same key. If the owner has more values than the entry's cap,
    /// that owner's oldest value is dropped, never another owner's.
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome>;

    /// Takes a value. At most one caller ever gets it, even if several call at the same time.
    fn take(&self, key: &Digest) -> Lookup<TakeOutcome>;

    /// Claims a key until a given time: the first caller gets [`ClaimOutcome::First`], every later caller gets
    /// [`ClaimOutcome::Again`] until then. Claims are never dropped early, and a clock that moves backward frees no
    /// claim: if the store has already seen `until` pass, it may answer [`ClaimOutcome::Again`]. Therefore take
    /// `until` from the claimed value, the same each time, and not from the clock.
    fn claim(&self, key: &Digest, until: SystemTime, now: SystemTime) -> Lookup<ClaimOutcome>;
}

/// A value to store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OneTimeEntry {
    /// The key that it is taken by.
    pub key: Digest,
    /// The owner of the value.
    pub owner: Digest,
    /// How many values the owner may have at the same time. At least 1.
    pub cap: usize,
    /// The value.
    pub value: Vec<u8>,
    /// When it is stored. For the store's cleanup.
    pub now: SystemTime,
    /// When it expires. The taker checks this; a store may drop the value from then on.
    pub expires_at: SystemTime,
}

impl OneTimeEntry {
    /// Returns a value to store under `key`, of an owner who may have at most `cap` values at the same time.
    #[must_use]
    pub fn new(
        key: Digest,
        owner: Digest,
        cap: usize,
        value: Vec<u8>,
        now: SystemTime,
        expires_at: SystemTime,
    ) -> Self {
        Self { key, owner, cap, value, now, expires_at }
    }
}

/// The result of storing a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is stored.
    Kept,
    /// There is no room.
    Full,
}

/// The result of taking a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeOutcome {
    /// The value, which is now removed, and when it expires.
    Value {
        /// The value.
        value: Vec<u8>,
        /// When it expires.
        expires_at: SystemTime,
    },
    /// The value existed and was already taken. A store that can't tell answers [`TakeOutcome::Nothing`].
    Again,
    /// There is no value under this key.
    Nothing,
}

/// The result of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The key was not claimed before.
    First,
    /// The key is already claimed.
    Again,
    /// There is no room to store the claim. Refuse whatever needs it.
    Full,
}
