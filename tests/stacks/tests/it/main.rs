//! tower-sso in apps of other frameworks, and around services without one.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on says so by panicking"
)]

mod bodies;
mod grpc;
mod handlers;
mod openapi;
mod support;
