//! OpenID Connect: the settings of an organization's provider, and their TOML table.

pub use crate::provider::oidc::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    authentication::ClientAuthentication,
    document::OidcDocument,
    settings::{DangerousOidcSettings, OidcSettings, Prompt, PushedRequests, ResponseMode, Userinfo},
};
