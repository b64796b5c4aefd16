//! Receive: checks what the provider sent and turns it into a one-time ticket.

#[cfg(feature = "saml")]
pub(crate) mod claim;
#[cfg(feature = "oidc")]
pub(crate) mod oidc;
#[cfg(feature = "saml")]
pub(crate) mod saml;
pub(crate) mod ticket;
