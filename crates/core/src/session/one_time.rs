//! Values that can be used once: pending logins, tickets, replay claims, loop marks.

use std::time::SystemTime;

use crate::digest::Digest;
use crate::lookup::Lookup;

/// Stores values that can be used once, and claims. The store itself guarantees single use: it has `take`, and no `get`
/// that a caller would have to follow with a delete.
///
/// A *value* is stored with [`put`](Self::put) and removed with [`take`](Self::take). A *claim* only records that a key
/// was used; it has no value. Values and claims are separate: a claim is never returned by `take`, and a value under
/// the same key does not affect a claim.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "nothing under this key".
pub trait OneTime: Send + Sync + 'static {
    /// Stores a value, replacing any value under the same key, and returns [`PutOutcome::Kept`]. If the owner then has
    /// more values than the entry's [`cap`](OneTimeEntry::cap), drops that owner's oldest values, and never another
    /// owner's. *Oldest* means stored first: a value that replaces another is its owner's newest, and the replaced
    /// value counts no longer. Values that were taken do not count toward the cap. A cap of 0 counts as 1.
    ///
    /// Returns [`PutOutcome::Full`] and stores nothing if there is no room. Never drops a value that has not expired to
    /// make room for another owner's.
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome>;

    /// Removes the value under a key and returns it with the time when it expires. At most one caller ever gets it,
    /// even if several call at the same time. A value that has expired is returned too, because the caller checks; the
    /// store may also have dropped it, and then returns [`TakeOutcome::Nothing`].
    fn take(&self, key: &Digest) -> Lookup<TakeOutcome>;

    /// Claims a key until a given time, exclusive. The first caller gets [`ClaimOutcome::First`]. Every later caller
    /// gets [`ClaimOutcome::Again`] while its `now` is earlier than the `until` of the first claim; from then on, the
    /// key can be claimed again. A later call does not change the time of the first claim.
    ///
    /// The store may drop a claim when the `now` of any call has reached the claim's `until`, and never before. The
    /// clock may step back after that, and a dropped claim must not become free. Therefore a store that drops claims
    /// remembers the latest `until` of all claims that it has dropped, as one time for all keys:
    ///
    /// | the key | `until` of this call | outcome |
    /// |---|---|---|
    /// | is claimed | any | [`ClaimOutcome::Again`] |
    /// | is not claimed | at or before the latest `until` of all dropped claims | [`ClaimOutcome::Again`] |
    /// | is not claimed | later, or no claim was dropped yet | [`ClaimOutcome::First`] |
    ///
    /// In the second row, the store can no longer tell whether the key was claimed. For the same reason, the caller
    /// takes `until` from the value that it claims, the same each time, and not from the clock.
    ///
    /// Returns [`ClaimOutcome::Full`] if there is no room. The caller must then refuse the request.
    fn claim(&self, key: &Digest, until: SystemTime, now: SystemTime) -> Lookup<ClaimOutcome>;
}

/// A value to store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OneTimeEntry {
    /// The key under which [`take`](OneTime::take) finds the value.
    pub key: Digest,
    /// The owner whose values are counted toward `cap`.
    pub owner: Digest,
    /// How many values the owner may have at the same time. 0 counts as 1.
    pub cap: usize,
    /// The value.
    pub value: Vec<u8>,
    /// When the value is stored. The store uses this time to find expired values that it can drop.
    pub now: SystemTime,
    /// When the value expires. The caller of `take` checks this. From this time on, the store may drop the value.
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
    /// The value is stored.
    Kept,
    /// The store has no room. The value is not stored.
    Full,
}

/// The result of taking a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakeOutcome {
    /// The value and when it expires. The store no longer has it.
    Value {
        /// The value.
        value: Vec<u8>,
        /// When it expires.
        expires_at: SystemTime,
    },
    /// The value existed and was already taken. A store that can't tell this apart answers [`TakeOutcome::Nothing`].
    Again,
    /// There is no value under this key.
    Nothing,
}

/// The result of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The key was not claimed before.
    First,
    /// The key is already claimed, or the store can no longer tell.
    Again,
    /// The store has no room for the claim. Refuse the request that needs it.
    Full,
}
