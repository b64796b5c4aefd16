//! The stores in a real PostgreSQL server, which the tests start and stop. `tests/run` installs it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod conformance;
mod crash;
mod nodes;
mod outages;
#[path = "../records/mod.rs"]
mod records;
mod server;
mod tables;
