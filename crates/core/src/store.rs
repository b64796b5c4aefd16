//! The traits of stores, their outcomes, and the stores in memory.
//!
//! A store keeps SSO sessions ([`SessionStore`]), one-time values ([`OneTime`]), account links ([`Links`]) and join
//! links ([`JoinLinks`]). [`MemoryStore`] keeps all four in the memory of one process.

pub use crate::{
    digest::Digest,
    memory::memory_store::{MemoryLimits, MemoryStore},
    session::{
        join_links::{AddOutcome, JoinLink, JoinLinks},
        links::{Link, LinkOutcome, LinkScope, Links},
        list::SessionList,
        one_time::{ClaimOutcome, OneTime, OneTimeEntry, PutOutcome, TakeOutcome},
        store::{InsertOutcome, Revocation, RevokeOutcome, SessionKey, SessionStore},
    },
    time::Clock,
};
