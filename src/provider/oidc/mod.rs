//! OpenID Connect Core 1.0: the authorization code flow with PKCE, as a relying party.
//!
//! It knows no accounts, roles or SSO sessions: it returns a verified login or names the check that failed.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `authentication`, `issuer`, `build` |
//! | the two halves of an SSO login | `provider`, `login`, `callback` |
//! | requests to the provider | `requests`, `assertion` |
//! | fetched documents and their cache | `discovery`, `keys` |
//! | verification | `token`, `jws`, `claims`, `userinfo`, `identity` |
//! | why something is refused | `error` |

pub(crate) mod algorithm;
mod assertion;
pub(crate) mod authentication;
mod build;
pub(crate) mod callback;
mod claims;
mod discovery;
pub(crate) mod error;
#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
pub(crate) mod identity;
mod issuer;
mod jws;
mod keys;
pub(crate) mod login;
pub(crate) mod provider;
mod requests;
pub(crate) mod settings;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;
mod token;
mod userinfo;
