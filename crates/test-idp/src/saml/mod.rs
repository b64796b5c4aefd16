//! SAML 2.0: metadata, SSO login by the Redirect and POST bindings, SSO login that starts at the provider, and single
//! logout in both directions.
//!
//! | what | where |
//! |---|---|
//! | requests and responses | `sso`, `request`, `response`, `deliver`, `metadata` |
//! | logout | `slo`, `logout` |
//! | messages in their bindings | `incoming`, `outgoing` |
//! | applying the lies to a message | `lies` |
//! | XML, signatures, encryption | `xml`, `sign`, `verify`, `encrypt` |
//!
//! This code shares nothing with `tower-sso` for XML and signatures: a test must not use the code that it tests.

pub(crate) mod deliver;
pub(crate) mod encrypt;
pub(crate) mod incoming;
pub(crate) mod lies;
pub(crate) mod logout;
#[cfg(test)]
mod logout_tests;
pub(crate) mod metadata;
pub(crate) mod outgoing;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod sign;
pub(crate) mod slo;
pub(crate) mod sso;
#[cfg(test)]
mod tests;
pub(crate) mod verify;
pub(crate) mod xml;
