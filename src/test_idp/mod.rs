//! A small real OpenID and SAML provider, for tests and demonstrations. Serves on loopback only.
//!
//! Real keys, a sign-in form, the authorization code flow: what an app's own tests and the `hub` example log in with SSO at.
//! It can also be told to lie, in one thing at a time, so that a test shows what is refused.
//!
//! ```
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tower_sso::test_idp::{TestClient, TestIdp, TestUser};
//!
//! let idp = TestIdp::builder()
//!     .user(TestUser::new("ada", "ada@acme.example", "lovelace").claim("groups", vec!["admins"]))
//!     .client(TestClient::new("hub", "http://127.0.0.1:8080/sso/acme/callback").secret("a secret"))
//!     .host_name("localhost") // another site than 127.0.0.1, as a real provider is
//!     .build()?;
//! let running = idp.serve("127.0.0.1:0").await?;
//! assert!(running.issuer().starts_with("http://localhost:"));
//! # Ok(()) }
//! ```
//!
//! A lie changes what it says and nothing else ([`Lie`]); [`Oddity`] is for what is unusual and honest:
//!
//! ```
//! # fn run(idp: &tower_sso::test_idp::TestIdp) {
//! use tower_sso::test_idp::{Answer, Endpoint, Forgery, Lie};
//!
//! idp.lie(Lie::claim("aud", "another app"));
//! idp.honest();
//! idp.lie(Lie::Signature(Forgery::Unsigned("none".into())));
//! idp.lie(Lie::Answer(Endpoint::Userinfo, Answer::Status(500)));
//! assert_eq!(idp.calls("/token"), 0); // whoever refuses early never gets that far
//! # }
//! ```
//!
//! What it speaks: OpenID Connect Core and Discovery (code flow, `query` and `form_post`, `prompt`, `max_age`,
//! `login_hint`, `acr_values`), PKCE with S256 (RFC 7636), `iss` in the answer (RFC 9207), pushed authorization
//! requests (RFC 9126), all five ways of [client authentication](ClientAuth), userinfo as JSON or JWT.
//!
//! By SAML 2.0 it serves the same users to each [`TestServiceProvider`]: metadata at `/saml/metadata`, requests by the
//! Redirect and POST bindings at `/saml/sso`, answers by POST, signed and encrypted as the service provider wants it,
//! and SSO login that starts on the front page; single logout at `/saml/slo`, both ways and by both bindings.
//!
//! It is no provider for anyone's real users: passwords are kept as they are, the sign-in page lists everybody, and
//! every request that does not come from this machine, or names another host, is answered with 403.

pub(crate) mod alg;
mod answer;
mod authorize;
mod bend;
mod builder;
mod certificate;
mod client;
mod client_auth;
mod discovery;
mod forge;
mod guard;
mod idp;
mod keep;
pub(crate) mod key;
mod lie;
mod oddity;
mod pages;
mod pair;
mod params;
mod request;
mod saml;
mod serve;
mod session;
mod sign_in;
mod tile;
mod token;
mod tokens;
mod user;
mod userinfo;
mod weak;

#[cfg(test)]
mod tests;

pub use self::{
    alg::SigningAlg,
    builder::TestIdpBuilder,
    client::{ClientAuth, TestClient},
    idp::TestIdp,
    key::TestKey,
    lie::{Answer, Change, Endpoint, Forgery, KeyForm, Lie},
    oddity::Oddity,
    saml::{
        lie::{SamlForgery, SamlLie},
        service_provider::{SamlBinding, SamlCipher, SamlSigned, TestServiceProvider},
    },
    serve::RunningIdp,
    user::TestUser,
};
