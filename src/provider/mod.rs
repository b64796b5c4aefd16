//! The relying party of OpenID Connect and the service provider of SAML. This module knows no accounts, roles, SSO
//! sessions or pages.

mod address;
mod cache;
mod context;
#[cfg(feature = "oidc")]
mod json;
#[cfg(feature = "oidc")]
pub(crate) mod oidc;
pub(crate) mod outbound;
#[cfg(feature = "saml")]
pub(crate) mod saml;
pub(crate) mod source;

#[cfg(all(feature = "oidc", feature = "saml", any(test, feature = "_fuzz")))]
pub(crate) mod fuzz {
    //! The bodies of the fuzz targets of both protocols.
    pub use super::{oidc::fuzz::*, saml::fuzz::*};
}
