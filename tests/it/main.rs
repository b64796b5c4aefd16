//! Tests of the crate through its public API, in one binary with one module per flow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on says so by panicking"
)]

#[path = "../browser/mod.rs"]
mod browser;

mod attacks;
mod audit_log;
mod browser_rules;
mod builder;
mod concurrency;
mod enforce;
mod fail_closed;
mod golden;
mod guides;
mod login;
#[cfg(feature = "metrics")]
mod metrics;
mod refusals;
mod stored_connections;
mod support;
mod test_app;
mod testing_kit;
mod threats;
mod transport;
