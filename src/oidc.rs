//! OpenID Connect: the settings of an organization's provider, and their TOML table.

pub use crate::connection::oidc::document::OidcDocument;
pub use tower_sso_oidc::{
    ClientAuthentication, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcSettings, Prompt,
    PushedRequests, ResponseMode, Userinfo,
};
