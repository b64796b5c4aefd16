//! A small real OpenID and SAML provider for the tests of an app that uses `tower-sso`. It serves on loopback only.
//!
//! ```
//! use tower_sso_test_idp::{Lie, TestClient, TestIdp, TestUser};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let idp = TestIdp::builder()
//!     .user(TestUser::new("ada").email("ada@acme.example").password("lovelace").claim("groups", vec!["admins"]))
//!     .client(TestClient::new("hub").redirect_uri("http://127.0.0.1:8080/sso/acme/callback").secret("a secret"))
//!     .host_name("localhost") // another site than 127.0.0.1, as a real provider is
//!     .build()?;
//! let idp = idp.serve("127.0.0.1:0").await?; // a free port; stops when it is dropped
//! assert!(idp.issuer().starts_with("http://localhost:"));
//!
//! // 1. Give your app a connection with this issuer, the client's id and its secret.
//! // 2. Nobody has to fill in the form: ada is signed in at once. Follow the redirects from your app's start page.
//! idp.sign_in_as(Some("ada@acme.example"))?;
//! // 3. Let the provider lie in one thing. Your app must now refuse the login that it accepted before.
//! idp.lie(Lie::claim("aud", "another app"));
//! idp.honest();
//! assert_eq!(idp.calls("/token"), 0); // an app that refuses early does not ask for tokens
//! # Ok(()) }
//! # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
//! ```
//!
//! Add it as a dev-dependency: an app in production never needs it.
//!
//! # Rules
//!
//! 1. The keys are real, the pages are real, and the exchanges are those of the standards. An app that accepts this
//!    provider can accept others.
//! 2. A [`Lie`] changes the one thing that it names, and nothing else. An app that does not check that one thing
//!    accepts the exchange.
//! 3. An [`Oddity`] is unusual but allowed. An app must accept it.
//! 4. The provider answers only requests that come from this machine and name it in `Host`. Everything else gets 403.
//!    It keeps passwords in the clear, and its sign-in page lists all users: never use it for real users.
//!
//! ```
//! # fn run(idp: &tower_sso_test_idp::TestIdp) {
//! use tower_sso_test_idp::{Answer, Endpoint, Forgery, Lie, SamlLie};
//!
//! idp.lie(Lie::Signature(Forgery::Unsigned("none".into())));
//! idp.lie(Lie::Answer(Endpoint::Userinfo, Answer::Status(500)));
//! idp.lie(SamlLie::text("Audience", "another app").into());
//! # }
//! ```
//!
//! # What it speaks
//!
//! OpenID Connect Core and Discovery (code flow, `query` and `form_post`, `prompt`, `max_age`, `login_hint`,
//! `acr_values`), PKCE with S256 (RFC 7636), `iss` in the answer (RFC 9207), pushed authorization requests (RFC 9126),
//! all five kinds of [client authentication](ClientAuth), and userinfo as JSON or JWT.
//!
//! SAML 2.0, for the same users, to each [`TestServiceProvider`]: metadata at `/saml/metadata`, requests by the
//! Redirect and POST bindings at `/saml/sso`, responses by POST, signed and encrypted as the service provider wants,
//! SSO logins that start on the front page, and single logout at `/saml/slo`, both ways and by both bindings.
//!
//! # Where things are
//!
//! Each module uses only modules above it in this table.
//!
//! | what | where |
//! |---|---|
//! | keys, parameters, a map whose entries expire | `keys`, `params`, `expiring` |
//! | what a test can tell it to change | `lies` |
//! | the users and apps | `user`, `client`, `service_provider` |
//! | what it remembers between requests | `state` |
//! | the provider, and its view of one request | `idp`, `here`, `loopback` |
//! | sessions, tiles, pages | `browser_session`, `tiles`, `running`, `pages`, `redirect`, `sign_in` |
//! | the protocols | `oidc`, `saml` |
//! | serving | `front_page`, `guard`, `endpoint_lies`, `serve`, `checks`, `builder` |

mod browser_session;
mod builder;
mod checks;
mod client;
mod endpoint_lies;
mod expiring;
mod front_page;
mod guard;
mod here;
mod idp;
mod keys;
mod lies;
mod loopback;
mod oidc;
mod pages;
mod params;
mod redirect;
mod running;
mod saml;
mod serve;
mod service_provider;
mod sign_in;
mod state;
mod tiles;
mod user;

pub use tower_sso_core::{Clock, ConfigError, Secret};

pub use crate::{
    builder::TestIdpBuilder,
    client::{ClientAuth, TestClient},
    idp::TestIdp,
    keys::{algorithm::SigningAlg, test_key::TestKey},
    lies::{
        answer::{Answer, Endpoint},
        change::Change,
        forgery::{Forgery, KeyForm},
        lie::Lie,
        oddity::Oddity,
        saml::{SamlForgery, SamlLie},
    },
    running::RunningIdp,
    service_provider::{SamlBinding, SamlCipher, SamlSigned, TestServiceProvider},
    user::TestUser,
};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
