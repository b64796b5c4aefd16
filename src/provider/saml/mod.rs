//! SAML 2.0: the Web Browser SSO profile, as a service provider.
//!
//! An identity is read only from elements whose signature was verified. Each response becomes a verified identity or
//! a named refusal.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `choices`, `document`, `build` |
//! | the two halves of an SSO login | `provider`, `login` |
//! | logout, both ways | `logout` |
//! | requests to the provider | `request`, `redirect`, `signing`, `write` |
//! | the provider's metadata and ours | `metadata` |
//! | reading, verifying and decrypting XML | `xml`, `signature`, `certificate`, `decrypt`, `open` |
//! | the second engine, in a build that has it | `xmlsec` |
//! | the checks of a verified response | `response`, `instant` |

mod base64_text;
mod build;
mod certificate;
pub(crate) mod choices;
mod cipher;
mod decrypt;
mod der;
pub(crate) mod document;
#[cfg(test)]
mod exchange;
#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
mod instant;
mod judge;
pub(crate) mod login;
pub(crate) mod logout;
mod metadata;
mod open;
pub(crate) mod provider;
mod redirect;
mod request;
mod response;
pub(crate) mod settings;
mod signature;
mod signing;
#[cfg(test)]
mod tests;
mod tree;
mod write;
mod xml;
mod xmlsec;

#[cfg(all(test, feature = "oidc"))]
pub(crate) use self::exchange::corpus;
#[cfg(any(test, feature = "_fuzz"))]
use self::xmlsec::Unable;
