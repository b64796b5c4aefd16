//! The traits of stores, their outcomes, and the stores in memory. [`tower_sso_core::store`] has the rules.
//!
//! - By default, everything is in the memory of one process and is lost when the process ends. An app that runs in
//!   several processes, or that must keep account links and join links, passes its own store to
//!   [`SsoBuilder::store`](crate::SsoBuilder::store). The crate [`tower-sso-sqlx`](https://docs.rs/tower-sso-sqlx) has one
//!   in a SQLite database.
//! - A store of your own implements the four traits [`SessionStore`], [`OneTime`], [`Links`] and [`JoinLinks`]. In its
//!   tests, run the conformance suite: the macro `store_conformance!` of the crate
//!   [`tower-sso-core`](https://docs.rs/tower-sso-core) with the feature `conformance`.
//! - A store that fails returns an error, never "nothing found". The request then gets 503.
//!
//! ```
//! use tower_sso::{SsoBuilder, store::{MemoryLimits, MemoryStore}};
//!
//! /// Bounds the memory that SSO takes: a session is about 1 kB.
//! fn bounded(builder: SsoBuilder) -> SsoBuilder {
//!     let mut limits = MemoryLimits::default();
//!     limits.sessions = 50_000; // when it is full, the oldest sessions are dropped
//!     limits.links = 20_000; // when it is full, SSO logins that need a new link are refused
//!     builder.store(MemoryStore::new(limits))
//! }
//! ```

pub use tower_sso_core::store::{
    ACCOUNT_BYTES, ACCOUNT_VALUES, AddOutcome, Claim, ClaimKind, ClaimOutcome, Clock, Digest, InsertOutcome,
    JoinLinks, Link, LinkOutcome, LinkScope, Links, MAX_CLAIM, MEMBER_SESSIONS, MemoryLimits, MemoryStore,
    ORGANIZATION_BYTES, ORGANIZATION_CLAIMS, ORGANIZATION_JOIN_LINKS, ORGANIZATION_VALUES, OneTime,
    OneTimeEntry, PutOutcome, Revocation, RevokeOutcome, SessionKey, SessionList, SessionStore, TakeOutcome,
    ValueOwner,
};
