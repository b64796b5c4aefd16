//! Signing on, from outside: whole sign-ons, and everything that must not become one.

pub mod begin;
pub mod bindings;
pub mod email;
pub mod events;
pub mod flood;
pub mod flow;
pub mod initiate;
pub mod join;
pub mod join_visitor;
pub mod links;
pub mod logout_messages;
pub mod loops;
pub mod names;
mod oddities;
pub mod revocation;
mod roles;
mod saml;
mod saml_logout;
mod saml_slo;
mod saml_slo_faults;
mod saml_told;
pub mod saml_unasked;
pub mod step_up;
mod strict;
pub mod tickets;
mod tokens;
