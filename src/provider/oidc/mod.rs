//! OpenID Connect Core 1.0: the authorization code flow with PKCE, as a relying party.
//!
//! It knows no accounts, roles or SSO sessions: it returns a verified identity or names the check that failed.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `authentication`, `document`, `issuer`, `build` |
//! | the two halves of an SSO login | `provider`, `login`, `callback` |
//! | requests to the provider | `requests`, `assertion` |
//! | fetched documents and their cache | `discovery`, `keys` |
//! | verification | `token`, `jws`, `claims`, `userinfo`, `identity` |

pub(crate) mod algorithm;
mod assertion;
pub(crate) mod authentication;
mod build;
pub(crate) mod callback;
mod claims;
mod discovery;
pub(crate) mod document;
#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
mod identity;
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
mod tests;
mod token;
mod userinfo;

pub(crate) use self::login::AuthorizeRequest;
#[cfg(all(test, feature = "saml"))]
pub(crate) use self::tests::corpus;
