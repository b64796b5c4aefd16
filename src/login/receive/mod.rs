//! Receive: turns a valid answer of the provider into a one-time ticket.
//!
//! 1. The `state` or RelayState finds the pending login, which is taken: an answer is read only once.
//! 2. The organization and the version of the connection must be those with which the SSO login began.
//! 3. The protocol checks the answer: `tower_sso_oidc` or `tower_sso_saml`. Signature, issuer, audience, times and
//!    nonce are checked there, not here.
//! 4. SAML: the assertion's ID is claimed in the store, so that it is accepted once (`claim::claim_once`).
//! 5. The verified identity is stored under a new ticket (`ticket::issue_ticket`), with which the browser goes to
//!    `finish`.
//!
//! A failure after step 1 ends the SSO login. Its page can name the return path, because the pending login is known.

#[cfg(feature = "saml")]
pub(crate) mod claim;
#[cfg(feature = "oidc")]
pub(crate) mod oidc;
#[cfg(feature = "saml")]
pub(crate) mod saml;
pub(crate) mod ticket;
