//! The stores in PostgreSQL, one module for each kind of entry. `store` puts them together.
//!
//! Each write is one transaction at the level READ COMMITTED. What must not run at the same time takes an advisory lock
//! of the transaction first: see `locks`.

mod audit;
mod claims;
mod connections;
mod documents;
mod errors;
mod join_links;
mod links;
mod list;
mod locks;
mod marks;
mod migrate;
pub(crate) mod open;
mod purge;
mod sessions;
pub(crate) mod store;
mod values;
mod writing;
