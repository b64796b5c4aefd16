//! The stores in SQLite, one module for each kind of entry. `store` puts them together.

mod audit;
mod claims;
mod connections;
mod documents;
mod errors;
mod join_links;
mod key_file;
mod links;
mod list;
mod marks;
mod migrate;
pub(crate) mod open;
mod purge;
mod sessions;
pub(crate) mod store;

mod values;
mod writing;
