//! What a request meets.

mod attachments;
mod challenges;
mod ending;
mod namespaces;
mod require;
mod rows;
