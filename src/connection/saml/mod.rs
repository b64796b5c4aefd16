//! SAML connections: the settings of the provider, the metadata that is fetched from it, and the identity that a
//! verified assertion gives. The protocol itself is in [`crate::provider::saml`], which makes no requests: bytes in,
//! verdicts out.
//!
//! | what | where |
//! |---|---|
//! | settings in code and in TOML | `settings` with `source` (where the provider's keys come from), `document` |
//! | their checks; which are part of the version | `build`, `fingerprint` |
//! | the request and the response of an SSO login | `provider`; our addresses: `addresses`; the result: `identity` |
//! | logout requests and answers, in both directions | `logout` |
//! | metadata that is fetched | `remote` |
//! | a response that is checked without an SSO login | `explain` |

pub(crate) mod addresses;
mod build;
pub(crate) mod document;
mod explain;
mod fingerprint;
pub(crate) mod identity;
mod logout;
pub(crate) mod provider;
mod remote;
pub(crate) mod settings;
pub(crate) mod source;
#[cfg(test)]
mod tests;
