//! Values that can be used once: pending logins, tickets, replay claims, loop marks.

use std::time::{Duration, SystemTime};

use crate::{
    digest::Digest,
    id::{AccountId, OrgId},
    keys::ring::KeyRing,
    lookup::Lookup,
    time::later,
};

/// Stores values that can be used once, and claims. The store itself guarantees single use: it has `take`, and no `get`
/// that a caller would have to follow with a delete.
///
/// A *value* is stored with [`put`](Self::put) and removed with [`take`](Self::take). A *claim* only records that a key
/// was used; it has no value. Values and claims are separate: a claim is never returned by `take`, and a value under
/// the same key does not affect a claim.
///
/// # Budgets
///
/// No one may fill the store for all others. Values that can still be taken count; values that were taken do not. The
/// bytes are those of [`value`](OneTimeEntry::value).
///
/// | who | at most | beyond that |
/// |---|---|---|
/// | an [owner](ValueOwner): a credential or a browser | [`cap`](ValueOwner::cap) values | its oldest value is dropped |
/// | an account, with all its owners | [`ACCOUNT_VALUES`] values, [`ACCOUNT_BYTES`] bytes | its oldest value is dropped |
/// | an organization, with everyone in it | [`ORGANIZATION_VALUES`] values, [`ORGANIZATION_BYTES`] bytes | [`PutOutcome::Full`] |
/// | an organization | [`ORGANIZATION_CLAIMS`] claims that have not expired | [`ClaimOutcome::Full`] |
///
/// *Oldest* means stored first. What has expired does not have to count. An owner is its id alone, and an account its
/// id alone, across all organizations; the cap is that of the latest `put`. The organization's budget is checked last:
/// what this `put` replaces, and what it drops of the same owner and account, counts no longer.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "nothing under this key".
pub trait OneTime: Send + Sync + 'static {
    /// Stores a value, replacing any value under the same key, and returns [`PutOutcome::Kept`]. If its owner or its
    /// account then has more than its [budget](Self#budgets), drops their oldest values, and never another's. A value
    /// that replaces another is its owner's newest, and the replaced value counts no longer. A cap of 0 counts as 1.
    ///
    /// Returns [`PutOutcome::Full`] and changes nothing if the organization's budget or the store has no room, or if a
    /// value of an account is larger than the account's whole budget. Never
    /// drops a value that has not expired to make room for that of another owner and account.
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome>;

    /// Removes the value under a key and returns it with the time when it expires. At most one caller ever gets it,
    /// even if several call at the same time. A value that has expired is returned too, because the caller checks; the
    /// store may also have dropped it, and then returns [`TakeOutcome::Nothing`].
    fn take(&self, key: &Digest) -> Lookup<TakeOutcome>;

    /// Claims a key until a given time, exclusive. The first caller gets [`ClaimOutcome::First`]. Every later caller
    /// gets [`ClaimOutcome::Again`] while its `now` is earlier than the `until` of the first claim; from then on, the
    /// key can be claimed again until a later time. A later call does not change the time of the first claim.
    ///
    /// The store may drop a claim when the `now` of any call has reached the claim's `until`, and never before. That
    /// `now` may have been wrong, and a dropped claim of [`ClaimKind::Replay`] must not become free. Therefore a store
    /// that drops such claims remembers the latest `until` of all that it has dropped, as one *floor* for all keys. A
    /// wrong `now` must not block claims for longer than [`MAX_CLAIM`] either: when the `now` of a `claim` of any kind
    /// shows that the floor is more than that ahead, the store lowers the floor to `now` + `MAX_CLAIM`. The first row
    /// that fits decides:
    ///
    /// | the key | the kind | `until` of this call | outcome |
    /// |---|---|---|---|
    /// | is claimed | any | any | [`ClaimOutcome::Again`] |
    /// | is not claimed, and there is no room | `Notice` | any | [`ClaimOutcome::Full`] |
    /// | is not claimed | `Notice` | any | [`ClaimOutcome::First`] |
    /// | is not claimed | `Replay` | later than `now` + [`MAX_CLAIM`] | [`ClaimOutcome::Again`] |
    /// | is not claimed | `Replay` | at or before the floor | [`ClaimOutcome::Again`] |
    /// | is not claimed, and there is no room | `Replay` | later, or there is no floor yet | [`ClaimOutcome::Full`] |
    /// | is not claimed | `Replay` | later, or there is no floor yet | [`ClaimOutcome::First`] |
    ///
    /// Where the answer is `Again` although the key is not claimed, the store can't tell whether it was. For the same
    /// reason, the caller takes `until` from the value that it claims, the same each time, and not from the clock. After
    /// `Full`, the caller must refuse the request.
    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome>;

    /// Returns the key ring that lasts as long as this store, if it has one: for example from a key file beside the
    /// database, but never from the database itself. tower-sso seals the values with it, unless the app sets a key ring.
    /// By default a store has none, and the app has to set one.
    fn key_ring(&self) -> Option<KeyRing> {
        None
    }
}

/// The most values of one account. Two browsers with several tabs each use a part of it.
pub const ACCOUNT_VALUES: usize = 64;
/// The most bytes in the values of one account.
pub const ACCOUNT_BYTES: usize = 1024 * 1024;
/// The most values of one organization: as many SSO logins can be in progress there at the same time.
pub const ORGANIZATION_VALUES: usize = 25_000;
/// The most bytes in the values of one organization.
pub const ORGANIZATION_BYTES: usize = 64 * 1024 * 1024;
/// The most claims of one organization that have not expired.
pub const ORGANIZATION_CLAIMS: usize = 100_000;
/// The longest time for which a key is claimed against replay.
pub const MAX_CLAIM: Duration = Duration::from_secs(60 * 60);

/// A value to store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OneTimeEntry {
    /// The key under which [`take`](OneTime::take) finds the value.
    pub key: Digest,
    /// Whose budgets the value counts toward.
    pub owner: ValueOwner,
    /// The value.
    pub value: Vec<u8>,
    /// When the value is stored. The store uses this time to find expired values that it can drop.
    pub now: SystemTime,
    /// When the value expires. The caller of `take` checks this. From this time on, the store may drop the value.
    pub expires_at: SystemTime,
}

impl OneTimeEntry {
    /// Returns a value to store under `key` at `now`, for `lifetime`.
    #[must_use]
    pub fn new(key: Digest, owner: ValueOwner, value: Vec<u8>, now: SystemTime, lifetime: Duration) -> Self {
        Self { key, owner, value, now, expires_at: later(now, lifetime) }
    }

    /// Lets the value expire at this time, if that is earlier.
    #[must_use]
    pub fn at_most_until(mut self, latest: SystemTime) -> Self {
        self.expires_at = self.expires_at.min(latest);
        self
    }
}

/// Whose budgets a value counts toward: see [`OneTime`](OneTime#budgets).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueOwner {
    /// The credential or the browser that the value belongs to, as a digest.
    pub id: Digest,
    /// How many values it may have at the same time. 0 counts as 1.
    pub cap: usize,
    /// The account, or `None` for a person without an account.
    pub account: Option<AccountId>,
    /// The organization.
    pub organization: OrgId,
}

impl ValueOwner {
    /// Returns an owner in this organization, without an account, who may have `cap` values.
    #[must_use]
    pub fn new(id: Digest, cap: usize, organization: OrgId) -> Self {
        Self { id, cap, account: None, organization }
    }

    /// Says which account it is.
    #[must_use]
    pub fn account(mut self, account: Option<AccountId>) -> Self {
        self.account = account;
        self
    }
}

/// A claim to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The key.
    pub key: Digest,
    /// The organization whose budget the claim counts toward.
    pub organization: OrgId,
    /// What the claim is for.
    pub kind: ClaimKind,
    /// When the claim ends. Exclusive: at this time the key is free.
    pub until: SystemTime,
    /// The time of the call.
    pub now: SystemTime,
}

impl Claim {
    /// Returns a claim of [`ClaimKind::Replay`] that is made at `now`.
    #[must_use]
    pub fn new(key: Digest, organization: OrgId, now: SystemTime, until: SystemTime) -> Self {
        Self { key, organization, kind: ClaimKind::Replay, until, now }
    }

    /// Makes it a claim of [`ClaimKind::Notice`].
    #[must_use]
    pub fn notice(mut self) -> Self {
        self.kind = ClaimKind::Notice;
        self
    }
}

/// What a claim is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClaimKind {
    /// Something that a provider sent must be accepted only once. If the store can't tell, it answers
    /// [`ClaimOutcome::Again`].
    Replay,
    /// A notice is given once a day. If a claim is lost, the notice is given twice.
    Notice,
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
