//! A Tower layer that makes single sign-on (SSO) mandatory for an *organization*, a tenant such as `/acme/…`, inside an
//! app that already has its own login.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tower_sso::{
//!     AccountId, ApplyOutcome, CompletedLogin, ConfigError, Directory, FileConnections, Lookup, Membership, OrgId,
//!     OrgSlug, RequestHead, Sso, Viewer,
//! };
//!
//! struct App; // whatever knows the app's accounts and organizations
//!
//! impl Directory for App {
//!     // The app's own authentication put the viewer there. If it did not run, the request gets 500.
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
//!     Ok(sso.guard(routes)) // after this, add only the app's own authentication, with `.layer(…)`
//! }
//! ```
//!
//! The app implements [`Directory`]: who sends a request, which organization a slug names, and who is a member. A
//! [connection](ConnectionSettings) is the SSO settings of one organization; `FileConnections` reads them from a TOML
//! file. [`Sso::guard`] adds the layer and the SSO pages to a router. The [handbook] has a page for each topic, a
//! guide for each identity provider, and one for developers.
//!
//! # The rule
//!
//! The layer makes one decision for each request. The first row that matches applies.
//!
//! | # | situation | decision |
//! |---|---|---|
//! | 1 | the path belongs to no organization | pass, untouched |
//! | 2 | nobody is signed in | pass, untouched: the app decides what the public may see |
//! | 3 | the organization is unknown, has no connection, or its connection is off | pass |
//! | 4 | signed in, not a member | pass: the app decides |
//! | 5 | external collaborator, service account, exempt member, or exempt API token | pass |
//! | 6 | member with a valid SSO session for this organization, account, credential and connection version | pass, with the proof |
//! | 7 | member without a valid SSO session, enforcement is optional | pass, marked "offered" |
//! | 8 | as row 7, but enforced, for public content that the connection leaves open | pass, marked "offered" |
//! | 9 | member without a valid SSO session, enforced | challenge |
//!
//! - The *credential* is what the request presented to be the account: an app session or an API token.
//! - The *connection version* changes with every setting of the connection that matters to security
//!   (see the [handbook], *Changing a connection*).
//! - The *proof* is a [`FreshSession`]. Handlers get it, or the reason why a request passed without one, by extracting
//!   [`SsoPass`] or [`Fresh`].
//! - A *challenge* tells the client where to log in with SSO: by a redirect, or with status 401 or 403
//!   ([`Challenge`]).
//!
//! The layer looks up the viewer first, then the organization, its connection, the membership, and the SSO session. It
//! stops as soon as a row applies. **If a lookup fails or takes too long, the answer is 503 and the handler is not
//! called: a failure is never a "no".**
//!
//! # Logging in with SSO
//!
//! An SSO login has four steps. Each is a request of the member's browser to one of the SSO pages ([`Sso::routes`]).
//!
//! 1. *Start* is a page that says that the organization requires or offers an SSO login. Its button posts to *begin*.
//! 2. *Begin* stores a pending login and sends the browser to the provider. The pending login is bound to the
//!    organization, the connection's version, the account and the credential. The member then logs in at the provider.
//! 3. *Receive* takes what the provider answers: the callback of OpenID Connect, or the assertion consumer service of
//!    SAML. The pending login works only once. Receive makes every check of the protocol and issues a one-time ticket.
//! 4. *Finish* takes the ticket and the app's viewer together. It checks that the account and the credential are the
//!    same as at the beginning, that the account is still a member, that the email address which the provider verified
//!    is one of the account's, and that the provider's user is linked to this account or is not linked yet. Then it
//!    calls [`Directory::apply`], stores the SSO session, and leads back to the page that the member wanted to open.
//!
//! Receive and finish are two steps because a provider may post its answer from its own site. The browser sends no app
//! cookies with such a request, but it sends them with the redirect to finish.
//!
//! An SSO session belongs to one credential, organization, account and connection version. It ends at a time that is
//! fixed when it begins. [`Sso::signed_out`] and [`Sso::revoke`] end it sooner, and stop SSO logins in progress.
//!
//! # Where the layer goes
//!
//! - **Around the finished router.** [`Sso::guard`] adds the layer around every route and fallback, then adds the SSO
//!   pages. A route that is added afterwards is outside the layer, and nothing can detect this. Add the app's own 404
//!   page after `guard`: the layer answers 404 itself if no route matches, and calls no fallback inside it.
//! - **Inside the app's own authentication.** In axum the layer that is added last runs first: `sso.guard(router)`,
//!   then `.layer(authentication)`. In the opposite order, every request to an organization is answered with 500.
//! - **With the organization as a path parameter.** The layer reads what axum's router captured as `{org}`, so that the
//!   layer and the handlers read the same bytes. [`Namespace::router_params`] gives the parameter other names and has
//!   all rules. Static routes such as `/about` belong to no organization; [`Sso::static_routes`] lists them. Declare
//!   routes such as `/users/{name}`, and nested services such as `/assets`, with
//!   [`without_organization`](SsoBuilder::without_organization): otherwise they are answered with 500 or 404, and an
//!   error is logged.
//! - **Inside CORS, compression and limits**, so that a preflight request needs no session and a 401 has CORS headers.
//!   A CSRF layer must not refuse requests to the SSO pages, because a provider may post its answer from its own site.
//!   The SSO pages check `Origin` where a form is their own.
//! - **Behind a shared cache**, a challenge is `no-store`, and a pass adds no header. Content that differs between
//!   visitors and members needs `Vary: Cookie` or `private` from the app, as it does without the layer.
//!
//! # What the app must do
//!
//! - Return the id that the app stores from [`Directory::organization`], never the text of the path.
//! - Read the organization from the [`OrgId`] extension, and extract [`SsoPass`] in the handlers of an organization's
//!   routes. If the layer has not seen a request of a signed-in viewer, the extractor answers 500.
//! - Check an organization that only the handler knows with [`Sso::require`], and a list that spans several with
//!   [`Sso::pending`]. Close a WebSocket or an event stream when [`FreshSession::ended`] resolves.
//! - Call [`Sso::signed_out`] when an account signs out, and [`Sso::rebind`] when an app session gets a new id. If app
//!   sessions have no id, see [`Viewer::without_session_id`].
//!
//! # Features
//!
//! - `oidc` (on by default): OpenID Connect.
//! - `saml`: SAML 2.0.
//! - `saml-xmlsec`: a second engine for SAML's signatures and encryption, by the system's libxmlsec1 and OpenSSL.
//! - `testing`: a kit for the tests of an app. Never for production.
//! - `metrics`: counters and latencies through the `metrics` facade.

#![cfg_attr(docsrs, feature(doc_cfg))]
// Without a protocol nobody can log in with SSO. The login code is still built, but it is not used.
#![cfg_attr(not(any(feature = "oidc", feature = "saml")), allow(dead_code, unused_imports, unused_variables))]

mod active_sessions;
mod actor;
mod address;
pub mod audit;
pub mod audit_log;
mod binding_cookie;
mod builder;
mod challenge_reason;
pub mod connection;
mod cookie;
pub mod directory;
mod enforce;
mod error;
mod extract;
mod fingerprint;
mod fresh;
pub mod handbook;
pub mod identity;
pub mod join;
pub mod keys;
mod lifetimes;
mod limits;
pub mod login;
mod loop_mark;
mod metrics;
pub mod middleware;
mod namespace;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod pages;
mod rebind;
mod reload_events;
mod request_head;
mod return_to;
mod revoke;
pub mod roles;
#[cfg(feature = "saml")]
pub mod saml;
pub mod session;
mod signed_out;
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
        app::Directory,
        membership::Membership,
        outcome::{ApplyOutcome, CompletedLogin},
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
