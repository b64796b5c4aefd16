//! The traits of stores, their outcomes, and the stores in memory: see [`tower_sso_core::store`].

pub use tower_sso_core::store::{
    AddOutcome, ClaimOutcome, Clock, Digest, InsertOutcome, JoinLinks, Link, LinkOutcome, LinkScope, Links,
    MemoryLimits, MemoryStore, OneTime, OneTimeEntry, PutOutcome, Revocation, RevokeOutcome, SessionKey,
    SessionList, SessionStore, TakeOutcome,
};
