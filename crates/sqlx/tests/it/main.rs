//! Tests of the store in SQLite from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod conformance;
mod dropped;
mod failures;
mod kill;
mod limits;
#[path = "../records/mod.rs"]
mod records;
mod reopened;
mod support;
