//! OpenID Connect Core 1.0: the authorization code flow with PKCE, as a relying party.
//!
//! | what | where |
//! |---|---|
//! | settings, given and parsed | `settings`, `authentication`, `document`, `issuer`, `build` |
//! | the two halves of an SSO login | `provider`, `login`, `callback` |
//! | what is asked | `requests`, `assertion` |
//! | what is learned and kept for a while | `discovery`, `keys` |
//! | what is verified | `token`, `jws`, `claims`, `userinfo`, `identity` |

mod algorithm;
mod assertion;
mod authentication;
mod build;
mod callback;
mod claims;
mod discovery;
mod document;
#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
mod identity;
mod issuer;
mod jws;
mod keys;
mod login;
mod provider;
mod requests;
mod settings;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod token;
mod userinfo;

#[cfg(all(test, feature = "saml"))]
pub(crate) use self::tests::corpus;
pub use self::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    authentication::ClientAuthentication,
    document::OidcDocument,
    settings::{DangerousOidcSettings, OidcSettings, Prompt, PushedRequests, ResponseMode, Userinfo},
};
pub(crate) use self::{
    callback::OidcCallback,
    login::{Authorization, AuthorizeRequest, OidcLogin},
    provider::OidcProvider,
};
