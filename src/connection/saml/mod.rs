//! SAML connections: the settings of an organization's provider, what is fetched from it, and the identity that an
//! SSO login returns. The protocol itself is in [`tower_sso_saml`], which is pure.
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
