//! OpenID Connect: an organization's provider, and what its TOML table says.

pub use crate::provider::oidc::{
    ClientAuthentication, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcDocument, OidcSettings,
    Prompt, PushedRequests, ResponseMode, Userinfo,
};
