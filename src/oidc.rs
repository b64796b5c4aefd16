//! OpenID Connect: the settings of an organization's provider, and their TOML table.

pub use crate::provider::oidc::{
    ClientAuthentication, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcDocument, OidcSettings,
    Prompt, PushedRequests, ResponseMode, Userinfo,
};
