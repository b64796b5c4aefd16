//! Organizations' connections in a store: the records, and the trait of a store that keeps them.
//!
//! tower-sso seals the settings, and gives each change a number. The store keeps sealed bytes, and who made the change
//! and when. An app uses `StoredConnections` of tower-sso, and not this trait.

pub(crate) mod record;
pub(crate) mod store;

pub use self::{
    record::ConnectionRecord,
    store::{CONNECTION_CHANGES, ConnectionStore, SaveOutcome},
};
