//! What a request meets.

mod allocations;
mod attachments;
mod banner;
mod challenges;
mod ending;
mod namespaces;
mod placement;
mod require;
mod rows;
mod seen;
