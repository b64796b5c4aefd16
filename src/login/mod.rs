//! The SSO login, in three steps: begin, receive and finish.
//!
//! *Begin* stores a pending login and sends the browser to the provider. *Receive* checks the provider's answer and
//! issues a one-time ticket. *Finish* turns the ticket and the app's viewer into an SSO session. A pending login and
//! a ticket work only once. An SSO login is bound to the organization, the connection's version, and the account and
//! credential that began it; for a person without an account, to the browser.

#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
pub(crate) mod limits;
pub(crate) mod record;
pub(crate) mod return_path;

mod begin;
mod browser;
#[cfg(feature = "saml")]
mod confirm;
mod email;
mod expiring;
mod finish;
#[cfg(feature = "oidc")]
mod initiate;
pub(crate) mod join;
mod later;
#[cfg(feature = "saml")]
mod logged_out;
#[cfg(feature = "saml")]
mod logout;
mod receive;
mod recheck;
mod respond;
mod roles;
mod routes;
#[cfg(feature = "saml")]
mod saml_routes;
mod start_params;
mod status;
mod tokens;
mod tokens_json;

use std::time::Duration;

pub use self::return_path::ReturnPath;
pub(crate) use self::{routes::routes, start_params::StartParams};
pub use crate::error::{
    LoginError,
    kind::{Advice, LoginErrorKind},
};

/// How long a pending login waits for the provider's answer.
pub(crate) const LOGIN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a ticket waits for `finish`.
pub(crate) const TICKET_LIFETIME: Duration = Duration::from_secs(2 * 60);
/// How long a person who was handed over to the host has until the new account is signed in. Longer than for a
/// ticket.
pub(crate) const CLAIM_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How much longer the mark of a revocation is kept than the last ticket of an SSO login that the revocation ends. A
/// finish that has already taken its ticket may still be waiting for lookups.
pub(crate) const FINISH: Duration = Duration::from_secs(10 * 60);
