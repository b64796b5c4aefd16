//! The revision of a session store: what orders SSO logins and revocations, instead of clocks.

use serde::{Deserialize, Serialize};

/// How many revocations a session store had made at some moment. It rises by at least one with each revocation, and
/// never falls.
///
/// An SSO login takes the store's revision when it begins ([`revision`](crate::store::SessionStore::revision)), and its
/// session carries it. A revocation covers the login exactly if it was made at a higher revision. The clocks of the
/// app's nodes may differ by any amount: they do not decide this.
///
/// ```
/// use tower_sso_core::session::Revision;
///
/// let (begun, revoked) = (Revision::new(6), Revision::new(7));
/// assert!(begun < revoked); // the login began before the revocation, which covers it
/// assert_eq!(Revision::default(), Revision::new(0)); // began before every revocation
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// Makes a revision from a number that the store counted.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}
