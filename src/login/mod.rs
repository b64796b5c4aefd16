//! The SSO login, in three steps: begin, receive and finish.
//!
//! *Begin* stores a pending login and sends the browser to the provider. *Receive* checks the provider's answer and
//! issues a one-time ticket. *Finish* turns the ticket and the app's viewer into an SSO session. A pending login and
//! a ticket work only once. An SSO login is bound to the organization, the connection's version, and the account and
//! credential that began it; for a person without an account, to the browser.

#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;

mod admission;
mod apply;
mod begin;
mod browser;
#[cfg(feature = "saml")]
mod confirm;
mod dismiss_banner;
mod email;
mod event;
mod expiring;
pub(crate) mod failure;
mod finish;
#[cfg(feature = "oidc")]
mod initiate;
pub(crate) mod join;
#[cfg(feature = "saml")]
pub(crate) mod logout;
mod lookups;
mod onward;
mod receive;
pub(crate) mod recheck;
pub(crate) mod record;
mod request;
mod respond;
pub(crate) mod routes;
#[cfg(feature = "saml")]
mod saml_routes;
mod sign_in;
mod start;
mod start_params;
mod status;
mod tokens;
mod tokens_json;

pub use crate::error::{
    kind::{Advice, LoginErrorKind},
    login_error::LoginError,
};
