//! Makes single sign-on (SSO) mandatory for an organization, inside an app that already has its own login. It is a
//! Tower layer.
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
//!     fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
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
//! The layer makes one decision for each request. The first row that matches applies.
//!
//! | # | situation | decision |
//! |---|---|---|
//! | 1 | the path is in no organization's namespace | pass, untouched |
//! | 2 | nobody is signed in | pass, untouched: the app decides what the public may see |
//! | 3 | the organization is unknown, has no connection, or its connection is off | pass |
//! | 4 | signed in, not a member | pass: the app decides |
//! | 5 | external collaborator, service account, or exempt by rule | pass |
//! | 6 | member, fresh SSO session for this organization, account, credential and connection version | pass, with the proof |
//! | 7 | member without a fresh SSO session, enforcement is optional | pass, marked "offered" |
//! | 8 | as row 7, but enforced, for public content that the connection leaves open | pass, marked "offered" |
//! | 9 | member without a fresh SSO session, enforced | challenge |
//!
//! The layer looks up facts in this order: the viewer, the organization, its connection, the membership, the session.
//! The first row that decides ends the lookups. **If a lookup fails or is late, the answer is 503 and the handler is
//! not called: a failure is never a "no".**
//!
//! # Logging in with SSO
//!
//! 1. *Start*: a page says that the organization wants an SSO login. Its button leads to *begin*, which stores a
//!    pending login and sends the browser to the provider. The pending login is bound to the organization, the
//!    connection's version, the account and the credential.
//! 2. The person logs in at the provider.
//! 3. *Receive* takes the pending login, which works only once, makes every check of the protocol, and issues a
//!    one-time ticket. A provider may post its answer from its own site, and the browser then sends no app cookies.
//!    That is why *receive* and *finish* are two steps.
//! 4. *Finish* takes the ticket and the app's viewer together. It checks that the account and the credential are the
//!    same, that the account is still a member, that the verified email is one of the account's, and that the
//!    provider's user is linked to this account or is not linked yet. Then it calls [`Directory::apply`], stores the
//!    SSO session, and leads back to where the person wanted to go.
//!
//! An SSO session belongs to one credential, organization, account and connection version. It ends at a time that is
//! fixed when it begins. [`Sso::signed_out`] and [`Sso::revoke`] end it sooner, and stop SSO logins in progress.
//!
//! # What the app must do
//!
//! - Guard the finished router with [`Sso::guard`], inside the app's own authentication. [`Namespace::router_params`]
//!   says which requests belong to an organization. A request that can't be assigned is refused with a logged error.
//! - Read the organization from the [`OrgId`] extension, and extract [`SsoPass`] in handlers below a namespace. If
//!   the layer has not seen a route, the extractor then fails with an error.
//! - Call [`Sso::signed_out`] when an account signs out, and [`Sso::rebind`] when an app session gets a new id.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a protocol nobody can log in with SSO. The login code is still built, but it is not used.
#![cfg_attr(not(any(feature = "oidc", feature = "saml")), allow(dead_code, unused_imports, unused_variables))]

mod actor;
mod address;
pub mod audit;
mod builder;
mod challenge_reason;
pub mod connection;
mod cookie;
mod detail;
pub mod directory;
mod email_verified;
mod encode;
mod enforce;
mod error;
mod extract;
mod fingerprint;
mod fresh;
#[cfg(all(feature = "oidc", feature = "saml", feature = "_fuzz"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(feature = "oidc", feature = "saml", test, not(feature = "_fuzz")))]
mod fuzz;
#[cfg(test)]
mod golden;
pub mod handbook;
pub mod identity;
pub mod join;
mod lifetimes;
mod limits;
pub mod login;
mod loop_mark;
mod loopback;
mod metrics;
pub mod middleware;
mod namespace;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod pages;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod provider;
mod rebind;
mod reload_events;
mod request_head;
mod revoke;
pub mod roles;
#[cfg(feature = "saml")]
pub mod saml;
pub mod session;
mod sessions;
mod sso;
mod sso_error;
mod state;
mod step_up;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod token;

#[cfg(any(feature = "oidc", feature = "saml"))]
pub use self::connection::FileConnections;
pub use self::extract::Fresh;
pub use self::{
    builder::SsoBuilder,
    connection::{
        checked::{Connection, Connections},
        settings::ConnectionSettings,
    },
    directory::{
        host::Directory,
        login::{ApplyOutcome, CompletedLogin},
        membership::Membership,
        viewer::{SignedIn, Viewer},
    },
    enforce::{
        challenge::Challenge,
        decide::{NotRequired, SsoPass},
        layer::SsoLayer,
        require::RequireError,
    },
    fresh::session::FreshSession,
    namespace::reading::Namespace,
    request_head::RequestHead,
    sso::Sso,
    sso_error::Error,
    step_up::StepUp,
};
pub use tower_sso_core::{
    AccountId, ConfigError, Credential, CredentialId, Lookup, LookupError, OrgId, OrgSlug, ReturnPath, Secret,
};

/// The README's example compiles.
#[cfg(all(doctest, feature = "oidc"))]
#[doc = include_str!("../README.md")]
struct Readme;
