//! SAML 2.0: the settings of an organization's provider, their TOML table, and how to check a response against them.

pub use crate::connection::{
    judge::SamlResponseInput,
    saml::{
        document::SamlDocument,
        settings::{DangerousSamlSettings, SamlSettings},
        source::IdpSource,
    },
};
pub use tower_sso_saml::{NameIdPolicy, RequestBinding, SamlEngine};
