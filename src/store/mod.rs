//! An in-memory implementation of the store traits of `session`.

pub(crate) mod claims;
pub(crate) mod index;
pub(crate) mod join_links;
pub(crate) mod links;
pub(crate) mod marks;
pub(crate) mod memory;
pub(crate) mod one_time;
pub(crate) mod sessions;
pub(crate) mod shared;

#[cfg(test)]
pub(crate) mod contract;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use self::memory::{MemoryLimits, MemoryStore};
pub use crate::session::{
    join_links::{AddOutcome, JoinLinks},
    links::{Link, LinkOutcome, LinkScope, Links},
    list::SessionList,
    one_time::{ClaimOutcome, OneTime, OneTimeEntry, PutOutcome, TakeOutcome},
    store::{InsertOutcome, Revocation, RevokeOutcome, SessionKey, SessionStore},
};
pub use tower_sso_core::{Clock, Digest};
