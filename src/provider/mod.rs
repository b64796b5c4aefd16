//! The relying party of OpenID Connect and the service provider of SAML. This module knows no accounts, roles, SSO
//! sessions or pages.

pub(crate) mod address;
pub(crate) mod cache;
mod context;
#[cfg(feature = "oidc")]
mod json;
#[cfg(feature = "oidc")]
pub(crate) mod oidc;
pub(crate) mod outbound;
#[cfg(feature = "saml")]
pub(crate) mod saml;
