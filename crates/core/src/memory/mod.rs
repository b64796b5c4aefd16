//! The store in memory, one module for each kind of entry. `memory_store` puts them together.

mod claims;
mod connections;
mod events;
mod index;
mod join_links;
mod links;
mod marks;
pub(crate) mod memory_store;
mod one_time;
mod sessions;
mod shared;
mod usage;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
