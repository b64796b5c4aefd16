//! SAML 2.0: the Web Browser SSO profile and single logout, as a service provider. Bytes in, a verified assertion or a
//! named refusal out: nothing here is asynchronous, opens a file or a connection, or reads a clock.
//!
//! An assertion is read only from elements whose signature was verified. Each response becomes a verified assertion or
//! a named refusal.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `choices`, `build` |
//! | the two halves of an SSO login | `service_provider`, `login` |
//! | logout, both ways | `logout` |
//! | requests to the provider | `request`, `redirect`, `signing`, `write` |
//! | the provider's metadata and ours | `metadata` |
//! | reading, verifying and decrypting XML | `xml`, `signature`, `certificate`, `method`, `decrypt`, `open` |
//! | which of it is accepted | `policy`, `engine` |
//! | the second engine, in a build that has it | `xmlsec` |
//! | the checks of a verified response | `response`, `scope`, `instant` |
//! | why something is refused | `error` |

mod base64_text;
mod build;
pub(crate) mod certificate;
pub(crate) mod choices;
mod cipher;
mod decrypt;
mod decryption_key;
mod der;
pub(crate) mod engine;
pub(crate) mod error;
#[cfg(test)]
pub(crate) mod exchange;
#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz;
mod instant;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod method;
mod open;
mod policy;
pub(crate) mod redirect;
mod request;
pub(crate) mod response;
pub(crate) mod scope;
pub(crate) mod service_provider;
pub(crate) mod settings;
mod signature;
pub(crate) mod signing;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
pub(crate) mod write;
mod xml;
pub(crate) mod xmlsec;
