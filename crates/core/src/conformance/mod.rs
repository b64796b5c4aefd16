//! The conformance suite: what every store must keep, whatever it keeps things in. Behind the feature `conformance`.
//!
//! A store implements [`SessionStore`](crate::store::SessionStore), [`OneTime`](crate::store::OneTime),
//! [`Links`](crate::store::Links) and [`JoinLinks`](crate::store::JoinLinks). In its tests, one line runs the whole suite:
//!
//! ```
//! use std::sync::Arc;
//!
//! use tower_sso_core::store::MemoryStore;
//!
//! mod conformance {
//!     # use super::*;
//!     tower_sso_core::store_conformance! { Arc::new(MemoryStore::default()) }
//! }
//! # fn main() {}
//! ```
//!
//! Each test is one rule, and its name says the rule. The expression is evaluated once for each test and must return an
//! empty store. The rules in short:
//!
//! - *Sessions.* [`find`](crate::store::SessionStore::find) answers with the session that was **inserted last** under
//!   the key and is not revoked, whatever its times say. Ids may repeat. A session that has expired is still found: the
//!   caller checks. When the newest session of a key is revoked, the one before it counts again.
//! - *Revocations.* A revocation ends what its scope [covers](crate::session::RevocationScope::covers), no matter when a
//!   session began, and leaves a mark until `mark_until`. An `insert` of a session that began at or before a mark that
//!   covers it is refused as revoked. An earlier revocation never weakens a later one. `revoked` answers what `insert`
//!   would answer. An `insert` and a `revoke` that run at the same time leave no session active.
//! - *Lists.* A list has exactly the sessions that `find` answers under their own keys, the last inserted first. A page
//!   never repeats a session of an earlier page. A cursor that is not the store's own gives an empty page.
//! - *One-time values.* Of many callers of `take`, one gets the value. A value is answered even past its time, with that
//!   time: the caller checks. Beyond an owner's cap, that owner's own oldest value goes, and never another owner's.
//!   A value that is put under the key of another takes its place. Of many callers of `claim`, one is the first, until the
//!   claim's time by the largest `now` that the store has seen. A claim and a value never meet.
//! - *Links.* Unique both ways within an organization and a scope. A link in another scope takes the place of the
//!   account's old link. A refused link changes nothing. A link is never evicted.
//! - *Join links.* Found by organization and id. `count` counts a use only while the link exists.
//!
//! A store that is full refuses one-time values, claims and links, and may evict sessions, the oldest first.

#![allow(missing_docs)] // The name of each function is the rule that it checks.
#![allow(clippy::unwrap_used, clippy::panic)] // These functions are tests.

pub(crate) mod fixtures;
pub mod join_links;
pub mod links;
pub mod lists;
pub mod one_time;
pub mod sessions;
mod suite;
