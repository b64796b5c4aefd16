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
//!   key and is not revoked, whatever its times are. Ids may repeat. A session that has expired is still found: the
//!   caller checks. When the newest session of a key is revoked, the one before it is found again.
//! - *Revocations.* A revocation ends the sessions that its scope [covers](crate::session::RevocationScope::covers), no
//!   matter when they began, and leaves a mark until `mark_until`. An `insert` of a session that a mark covers, and
//!   that began at or before the mark's time, is refused as revoked. An earlier revocation never weakens a later one.
//!   `revoked` answers what `insert` would answer. An `insert` and a `revoke` that run at the same time leave no
//!   session active. A session that began at or before the time of any mark that was dropped is refused too.
//! - *Lists.* A list has exactly the sessions that `find` returns under their own keys, the last inserted first. A page
//!   never repeats a session of an earlier page. Text that is not a cursor of the store gives an empty page.
//! - *One-time values.* If many callers `take` one value, one of them gets it. A value that has expired is returned
//!   with the time when it expired, or was dropped: the caller checks. If an owner has more values than the cap, that
//!   owner's oldest value is dropped, and never another owner's. A value replaces an earlier one under the same key. If
//!   many callers `claim` one key, one of them is the first, until the claim's time. If `until` of a claim is at or
//!   before that of any claim that was dropped, the answer is `Again`. Claims and values are separate, even under the
//!   same key.
//! - *Links.* Links are unique in both directions within an organization and a scope. A link in another scope replaces
//!   the account's old link. A refused link changes nothing. A link is never dropped.
//! - *Join links.* A join link is found by its organization and id. `count` counts a use only while the link exists.
//!
//! A store that is full refuses one-time values, claims and links. It may drop sessions, the oldest first.

#![allow(clippy::unwrap_used, clippy::panic)] // These functions are tests.

pub(crate) mod fixtures;
pub mod join_links;
pub mod links;
pub mod lists;
pub mod marks;
pub mod one_time;
pub mod provider_logouts;
pub mod sessions;
mod suite;
