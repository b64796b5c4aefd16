//! SAML 2.0: the settings of an organization's provider, their TOML table, and how to check a response against them.

pub use crate::{
    connection::judge::SamlResponseInput,
    provider::saml::{
        choices::{IdpSource, NameIdPolicy, RequestBinding, SamlEngine},
        document::SamlDocument,
        settings::{DangerousSamlSettings, SamlSettings},
    },
};
