//! The crate against engines that we did not write: certified providers under Node.js, and Chromium. `tests/run`
//! installs them. Without them these tests fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on says so by panicking"
)]

#[path = "../browser/mod.rs"]
mod browser;

mod authorization_requests;
mod browser_twin;
mod certificates;
mod chromium;
mod clocks;
mod engine;
mod example;
mod file_faults;
mod git;
mod htmx;
mod hub;
mod killed;
mod login;
mod mock_server;
mod oidc_provider;
mod organization;
mod outages;
mod page_rendering;
mod place;
mod provider_acceptance;
mod proxies;
mod reload;
mod restart;
mod running_app;
mod running_saml_app;
mod saml_chromium;
mod saml_key;
mod saml_login;
mod saml_logout;
mod saml_metadata;
mod saml_provider;
mod saml_trace;
mod single_page_app;
mod tampering;
mod users;
