//! OpenID Connect: the settings of an organization's provider, and their TOML table.

pub use crate::{
    connection::oidc::document::OidcDocument,
    provider::oidc::{
        algorithm::{HmacAlgorithm, JwsAlgorithm},
        authentication::ClientAuthentication,
        settings::{DangerousOidcSettings, OidcSettings, Prompt, PushedRequests, ResponseMode, Userinfo},
    },
};
