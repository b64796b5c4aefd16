//! Identity providers, as the protocols see them. Knows nothing of accounts, roles, sessions or pages.

mod json;
pub(crate) mod oidc;
mod outbound;
#[cfg(feature = "saml")]
pub(crate) mod saml;

pub use self::oidc::{
    ClientAuthentication, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcDocument, OidcSettings,
    Prompt, PushedRequests, ResponseMode, Userinfo,
};
pub(crate) use self::outbound::{Limits, Outbound};
