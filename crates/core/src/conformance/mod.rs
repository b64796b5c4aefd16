//! The conformance suite: the rules that every store must keep, whatever its database. Behind the feature
//! `conformance`.
//!
//! A store implements [`SessionStore`](crate::store::SessionStore), [`OneTime`](crate::store::OneTime),
//! [`Links`](crate::store::Links) and [`JoinLinks`](crate::store::JoinLinks). One line in its tests runs the whole
//! suite:
//!
//! ```rust,test_harness
//! mod conformance {
//!     use std::sync::Arc;
//!
//!     use tower_sso_core::store::MemoryStore;
//!
//!     tower_sso_core::store_conformance! { Arc::new(MemoryStore::default()) }
//! }
//! ```
//!
//! Each test checks one rule and is named after it. The functions in the modules below describe each rule and the
//! mistake that it finds: read the function that is named like a failed test. The expression is evaluated once for each
//! test and must return an empty store. The times in the suite are after the year 2096, so that no store's own clock
//! has reached them. The rules in short:
//!
//! - *Sessions.* [`find`](crate::store::SessionStore::find) returns the session that was **inserted last** under the
//!   key and is not revoked, whatever its times are. Ids may repeat. A session that has expired is still found until the
//!   store drops it, and its own insert never does: the caller checks. When the newest session of a key is revoked, the one before it is found again.
//! - *Revocations.* A revocation ends the sessions that its scope [covers](crate::session::RevocationScope::covers), no
//!   matter when they began, raises the store's revision, and leaves a mark with it until `mark_until`. An `insert` of a
//!   session that a mark covers, and whose revision is lower than the mark's, is refused as revoked: the numbers decide,
//!   never the times. An earlier revocation never weakens a later one. `revoked` answers what `insert` would answer. An
//!   `insert` and a `revoke` that run at the same time leave no session active, wherever either of them is paused. A
//!   session whose revision is lower than that of any mark that was dropped is refused too. A scope that the store does
//!   not know is an error.
//! - *Lists.* A list has exactly the sessions that `find` returns under their own keys, the last inserted first. A page
//!   never repeats a session of an earlier page. Text that is not a cursor of the store gives an empty page.
//! - *One-time values.* If many callers `take` one value, one of them gets it. A value that has expired is returned
//!   with the time when it expired, or was dropped: the caller checks. A value replaces an earlier one under the same
//!   key. If many callers `claim` one key, one of them is the first, until the claim's time. If `until` of a claim
//!   against replay is at or before that of any such claim that was dropped, the answer is `Again`. Claims and values are
//!   separate, even under the same key.
//! - *Budgets.* An owner or an account that has more values than its budget loses its own oldest one, and never
//!   another's. An organization beyond its budget is refused; another organization does not notice.
//! - *Links.* Links are unique in both directions within an organization and a scope. A link in another scope replaces
//!   the account's old link. A refused link changes nothing. A link is never dropped. A failed login removes a link
//!   only if it was the last login that made or confirmed it.
//! - *Join links.* A join link is found by its organization and id. `count` counts a use only while the link exists.
//!
//! A store that is full refuses one-time values, claims and links. It may drop sessions and marks, the oldest first.

#![allow(clippy::unwrap_used, clippy::panic)] // These functions are tests.

pub mod audit;
pub mod budgets;
pub mod connections;
pub(crate) mod fixtures;
pub mod join_links;
pub mod links;
pub mod lists;
pub mod marks;
pub mod one_time;
pub mod pauses;
pub mod provider_logouts;
pub mod sessions;
mod suite;
