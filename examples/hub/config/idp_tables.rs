//! The tables of the test identity providers as they are written. `main.rs` documents each field.

use std::collections::BTreeMap;

use serde::Deserialize;
use tower_sso_test_idp::{ClientAuth, SamlBinding, SamlSigned};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestIdpTable {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) listen: Option<String>,
    #[serde(default)]
    pub(crate) acr_values: Vec<String>,
    #[serde(default)]
    pub(crate) client: Vec<IdpClientTable>,
    #[serde(default)]
    pub(crate) service_provider: Vec<ServiceProviderTable>,
    #[serde(default)]
    pub(crate) user: Vec<IdpUserTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdpClientTable {
    pub(crate) id: String,
    pub(crate) organization: String,
    pub(crate) secret: Option<String>,
    pub(crate) secret_env: Option<String>,
    pub(crate) secret_file: Option<String>,
    pub(crate) authentication: Option<ClientAuthName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceProviderTable {
    pub(crate) organization: String,
    #[serde(default)]
    pub(crate) signed: SignedName,
    #[serde(default)]
    pub(crate) starts_here: bool,
    #[serde(default)]
    pub(crate) signed_requests: bool,
    pub(crate) logout: Option<BindingOfLogout>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BindingOfLogout {
    Redirect,
    Post,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignedName {
    #[default]
    Both,
    Response,
    Assertion,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) enum ClientAuthName {
    #[serde(rename = "client_secret_basic")]
    Basic,
    #[serde(rename = "client_secret_post")]
    Post,
    #[serde(rename = "client_secret_jwt")]
    Jwt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdpUserTable {
    pub(crate) subject: String,
    pub(crate) email: String,
    pub(crate) password: Option<String>,
    pub(crate) password_env: Option<String>,
    pub(crate) password_file: Option<String>,
    #[serde(default)]
    pub(crate) claims: BTreeMap<String, serde_json::Value>,
}

impl From<SignedName> for SamlSigned {
    fn from(name: SignedName) -> Self {
        match name {
            SignedName::Both => Self::Both,
            SignedName::Response => Self::Response,
            SignedName::Assertion => Self::Assertion,
        }
    }
}

impl From<BindingOfLogout> for SamlBinding {
    fn from(name: BindingOfLogout) -> Self {
        match name {
            BindingOfLogout::Redirect => Self::Redirect,
            BindingOfLogout::Post => Self::Post,
        }
    }
}

impl From<ClientAuthName> for ClientAuth {
    fn from(name: ClientAuthName) -> Self {
        match name {
            ClientAuthName::Basic => Self::SecretBasic,
            ClientAuthName::Post => Self::SecretPost,
            ClientAuthName::Jwt => Self::SecretJwt,
        }
    }
}
