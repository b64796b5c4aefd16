//! SAML connections: the settings of an organization's provider, what is fetched from it, and the identity that comes
//! of it. The protocol itself is in [`crate::provider::saml`], which is pure.
//!
//! | what | where |
//! |---|---|
//! | settings, as given and as parsed | `settings`, `source`, `document`, `build`, `fingerprint` |
//! | the two halves of an SSO login | `provider`, `addresses`, `identity` |
//! | logout, both ways | `logout` |
//! | metadata that is fetched | `remote` |
//! | a response that is only looked at | `explain` |

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
