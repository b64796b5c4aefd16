//! A strict OpenID Connect relying party: the authorization code flow with PKCE (OpenID Connect Core 1.0).
//!
//! ```
//! use tower_sso_core::{Clock, Secret};
//! use tower_sso_http::{Limits, Outbound};
//! use tower_sso_oidc::{AuthorizeRequest, ClientAuthentication, ClientId, Error, OidcCallback, OidcSettings};
//!
//! async fn log_in(callback: &str) -> Result<String, Error> {
//!     let secret = Secret::new("a secret".to_owned());
//!     let settings = OidcSettings::new("https://idp.example", ClientId::new("hub"), ClientAuthentication::SecretAuto(secret));
//!     let provider = settings.build().expect("settings that add up");
//!     let (out, clock) = (Outbound::new(Limits::default()), Clock::system());
//!     let redirect_uri = "https://hub.example/callback";
//!     let ask = AuthorizeRequest { redirect_uri, login_hint: None, max_age: None, context_classes: &[] };
//!     let asked = provider.authorize(&out, ask, &clock).await?;
//!     // Send the browser to `asked.url`, and keep `asked.login` under `asked.state`. It comes back with a query:
//!     let callback = OidcCallback::parse(url::form_urlencoded::parse(callback.as_bytes()))?;
//!     let login = provider.receive(&out, &asked.login, callback, &clock).await?;
//!     Ok(login.into_parts().subject)
//! }
//! ```
//!
//! The crate knows no accounts, roles or SSO sessions: it returns a verified login or names the check that failed. Only
//! this crate makes a [`VerifiedLogin`], and only after every check. Requests to the provider go through
//! [`Outbound`](tower_sso_http::Outbound), which follows no redirects and limits time and size.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `authentication`, `issuer`, `build` |
//! | the two halves of an SSO login | `provider`, `login`, `callback` |
//! | requests to the provider | `requests`, `assertion` |
//! | fetched documents and their cache | `discovery`, `keys` |
//! | verification | `token`, `jws`, `claims`, `userinfo`, `identity` |
//! | why something is refused | `error` |
//!
//! What is documented here is stable, except for what comes from `tower-sso-http`. The crates of the workspace depend
//! on each other by exact version.

mod algorithm;
mod assertion;
mod authentication;
mod build;
mod callback;
mod claims;
mod discovery;
mod error;
#[cfg(feature = "_fuzz")]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(test, not(feature = "_fuzz")))]
mod fuzz;
mod identity;
mod issuer;
mod json;
mod jws;
mod keys;
mod login;
mod provider;
mod requests;
mod settings;
#[cfg(test)]
mod tests;
mod token;
mod userinfo;

pub use crate::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    authentication::ClientAuthentication,
    callback::{CallbackAnswer, OidcCallback},
    error::{Error, ErrorKind, NoNewerKeys},
    identity::{LoginParts, VerifiedLogin},
    login::{Authorization, AuthorizeRequest, OidcLogin},
    provider::OidcProvider,
    settings::{
        ClientId, DangerousOidcSettings, OidcSettings, Prompt, PushedRequests, ResponseMode, Userinfo,
    },
};

/// For the crates of the workspace. Nothing here is stable.
#[doc(hidden)]
pub mod internal {
    pub use crate::settings::OidcFields;
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
