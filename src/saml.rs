//! SAML 2.0: an organization's provider, what its TOML table says, and why a response is refused.

pub use crate::{
    connection::judge::SamlResponseInput,
    provider::saml::{
        DangerousSamlSettings, IdpSource, NameIdPolicy, RequestBinding, SamlDocument, SamlEngine,
        SamlSettings,
    },
};
