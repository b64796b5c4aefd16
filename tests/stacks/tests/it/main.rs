//! tower-sso in apps of other frameworks, and around services without one.

mod bodies;
mod grpc;
mod handlers;
mod openapi;
mod support;
