//! The stores in memory.

mod claims;
mod index;
mod join_links;
mod links;
mod marks;
pub(crate) mod memory_store;
mod one_time;
mod sessions;
mod shared;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
