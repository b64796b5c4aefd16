//! Sends every request to a provider, and limits where it may go, how long it may take, and how large the response
//! may be.
//!
//! - No redirects are followed, and no proxies from the environment are used.
//! - Only `https`, or `http` on loopback, is allowed. Who may name an address on loopback is decided where the
//!   address is parsed: see [`provider_address`](crate::provider::address::provider_address).
//! - If the operator did not choose a connection's settings, only public addresses are allowed. This is checked when
//!   connecting, after DNS.
//! - There is a time limit for connecting and one for the whole exchange, and a limit on the body, which is counted
//!   as it arrives.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod error;
mod resolve;
#[cfg(test)]
#[cfg_attr(not(feature = "oidc"), allow(dead_code))] // Its own tests need less.
pub(crate) mod testing;
#[cfg(test)]
mod tests;
