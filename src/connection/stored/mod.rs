//! Connections in a database, which can be changed while the app is running.

mod cache;
mod changes;
pub(crate) mod connections;
pub(crate) mod edit;
mod sealed;

pub use self::{
    changes::FieldChange,
    connections::StoredConnections,
    edit::{ConnectionChange, CurrentSettings, SaveError, Saved},
};
