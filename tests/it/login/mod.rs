//! Signing on, from outside: whole sign-ons, and everything that must not become one.

mod audit;
pub mod begin;
pub mod bindings;
pub mod email;
pub mod events;
pub mod flood;
pub mod flow;
pub mod initiate;
pub mod links;
pub mod loops;
pub mod names;
mod oddities;
pub mod required_claims;
pub mod revocation;
mod roles;
mod saml;
mod saml_logout;
pub mod saml_unasked;
pub mod step_up;
mod strict;
pub mod tickets;
mod tokens;
mod tokens_json;
