//! The SSO login, in three steps: begin, receive and finish.
//!
//! *Begin* stores a pending login and sends the browser to the provider. *Receive* checks the provider's answer and
//! issues a one-time ticket. *Finish* turns the ticket and the app's viewer into an SSO session. A pending login and
//! a ticket work only once. An SSO login is bound to the organization, the connection's version, and the account and
//! credential that began it; for a person without an account, to the browser.

#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
pub(crate) mod record;

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
pub(crate) mod logout;
mod receive;
pub(crate) mod recheck;
pub(crate) mod request;
mod respond;
mod roles;
pub(crate) mod routes;
#[cfg(feature = "saml")]
mod saml_routes;
mod start_params;
mod status;
mod tokens;
mod tokens_json;

pub(crate) use self::{routes::routes, start_params::StartParams};
pub use crate::error::{
    LoginError,
    kind::{Advice, LoginErrorKind},
};
