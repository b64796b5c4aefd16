//! Makes single sign-on mandatory for an organization, inside an app that already has its own login: a Tower layer.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tower_sso::{
//!     AccountId, ApplyOutcome, CompletedLogin, ConfigError, Directory, FileConnections, Lookup, Membership, OrgId, OrgSlug,
//!     RequestHead, Sso, Viewer,
//! };
//!
//! struct App;
//!
//! impl Directory for App {
//!     fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
//!         Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
//!     }
//!     fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
//!         Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
//!     }
//!     fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
//!         Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
//!     }
//!     fn emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
//!         Lookup::now(vec![format!("{account}@acme.example")])
//!     }
//!     fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
//!         Lookup::now(ApplyOutcome::Done)
//!     }
//! }
//!
//! fn app(connections: FileConnections) -> Result<Router, ConfigError> {
//!     let sso = Sso::builder("https://hub.example", App, connections).build()?;
//!     let routes = Router::new().route("/{org}/{repo}", get(|| async { "a repository" }));
//!     Ok(sso.guard(routes)) // the last call: then only the app's own authentication, with `.layer(…)`
//! }
//! ```
//!
//! # The rule
//!
//! What a request meets. The first row that fits wins.
//!
//! | # | situation | decision |
//! |---|---|---|
//! | 1 | path in no organization's namespace | pass, untouched |
//! | 2 | nobody is signed in | pass, untouched: the app decides what the public may see |
//! | 3 | organization unknown, without a connection, or its connection off | pass |
//! | 4 | signed in, not a member | pass: the app decides |
//! | 5 | external collaborator, service account, or exempt by rule | pass |
//! | 6 | member, fresh SSO session for this organization, account, credential and connection version | pass, with the proof |
//! | 7 | member, none or stale, optional | pass, marked "offered" |
//! | 8 | member, none or stale, enforced, public content that the connection leaves open | pass, marked "offered" |
//! | 9 | member, none or stale, enforced | challenge |
//!
//! Facts are asked in this order: who is asking, the organization, its connection, the membership, the session; the
//! first decided row ends it. **A lookup that fails or is late is 503 and the handler is not called: a failure is never
//! a "no".**
//!
//! # Logging in with SSO
//!
//! 1. *Start*: a page says that the organization wants an SSO login. *Begin*, its button: a pending login is kept, bound to
//!    the organization, the connection's version, the account and the credential; the browser goes to the provider.
//! 2. The person logs in with SSO there.
//! 3. *Receive*: the pending login is taken, once; every check of the protocol; a one-time ticket. A provider may post
//!    its answer from its own site, without the app's cookies: hence two steps.
//! 4. *Finish*: the ticket and the app's viewer together. The same account and credential? A member still? Is the
//!    verified email one of theirs? Is the provider's user linked to this account, or to none yet? Then
//!    [`Directory::apply`], the SSO session, and back to where the person wanted to go.
//!
//! An SSO session belongs to one credential, organization, account and connection version, and ends at a time that was
//! fixed when it began. [`Sso::signed_out`] and [`Sso::revoke`] end it sooner, and stop SSO logins that are under way.
//!
//! # What the app must do
//!
//! - Guard the finished router with [`Sso::guard`], inside its own authentication. [`Namespace::router_params`] says which
//!   requests belong to an organization; what can't be told is refused loudly.
//! - Read the organization from the [`OrgId`] extension, and ask for [`SsoPass`] in handlers below a namespace: a route
//!   that the layer has not seen is then a loud error.
//! - Call [`Sso::signed_out`] at sign-out and [`Sso::rebind`] when a login session gets a new id.

// Without a protocol nobody can log in with SSO: what logs in with SSO is built, and not used.
#![cfg_attr(not(any(feature = "oidc", feature = "saml")), allow(dead_code, unused_imports, unused_variables))]

mod acting;
mod address;
pub mod audit;
mod builder;
pub mod connection;
mod cookie;
mod copied;
mod digest;
pub mod directory;
mod enforce;
mod error;
mod fingerprint;
#[cfg(all(feature = "oidc", feature = "saml", feature = "_fuzz"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(feature = "oidc", feature = "saml", test, not(feature = "_fuzz")))]
mod fuzz;
#[cfg(test)]
mod golden;
pub mod handbook;
mod head;
mod id;
pub mod identity;
pub mod join;
pub mod login;
mod lookup;
mod loopback;
mod measure;
pub mod middleware;
mod new_user;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod pages;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod provider;
pub mod roles;
#[cfg(feature = "saml")]
pub mod saml;
mod secret;
mod seen;
pub mod session;
mod sso;
pub mod store;
#[cfg(feature = "test-idp")]
pub mod test_idp;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
pub mod token;

#[cfg(any(feature = "oidc", feature = "saml"))]
pub use crate::connection::FileConnections;
#[cfg(feature = "axum")]
pub use crate::enforce::Fresh;
pub use crate::{
    builder::SsoBuilder,
    connection::{Connection, ConnectionSettings, Connections},
    directory::{ApplyOutcome, CompletedLogin, Credential, Directory, Membership, Viewer},
    enforce::{Challenge, Namespace, NotRequired, RequireError, SsoLayer, SsoPass, StepUp},
    error::ConfigError,
    head::RequestHead,
    id::{AccountId, CredentialId, OrgId, OrgSlug},
    login::ReturnPath,
    lookup::{Error, Lookup, LookupError},
    secret::Secret,
    session::FreshSession,
    sso::Sso,
};

/// The README's example compiles.
#[cfg(all(doctest, feature = "oidc"))]
#[doc = include_str!("../README.md")]
struct Readme;
