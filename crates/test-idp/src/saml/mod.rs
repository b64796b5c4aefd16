//! SAML 2.0: metadata, SSO login by the Redirect and POST bindings, SSO login that starts here, single logout both ways.
//!
//! | what | where |
//! |---|---|
//! | what is asked and answered | `sso`, `request`, `response`, `deliver`, `metadata` |
//! | logout | `slo`, `logout` |
//! | messages by the bindings | `incoming`, `outgoing` |
//! | what the lies make of a message | `lies` |
//! | XML, signatures, encryption | `xml`, `sign`, `verify`, `encrypt` |
//!
//! XML and signatures share no code with `tower-sso`: a test must not use the code that it tests.

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
