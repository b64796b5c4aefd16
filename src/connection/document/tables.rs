//! The tables within a connection's table: `email`, `join` and `roles`.

use std::collections::BTreeMap;

use serde::Deserialize;
use tower_sso_core::ConfigError;

use crate::connection::{
    email_rules::UnverifiedEmail, mapping::role_settings::RoleSettings, settings::ConnectionSettings,
    source::duration,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailDocument {
    #[serde(rename = "domains")]
    pub(crate) domains: Option<Vec<String>>,
    #[serde(rename = "missing_email_verified")]
    pub(crate) absent_verification: Option<UnverifiedEmail>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinDocument {
    #[serde(rename = "lifetime")]
    pub(crate) lifetime: Option<String>,
    #[serde(rename = "dangerous_admin", default)]
    pub(crate) dangerous_admin: bool,
    #[serde(rename = "dangerous_any_domain", default)]
    pub(crate) dangerous_any_domain: bool,
}

impl JoinDocument {
    pub(crate) fn on(self, mut settings: ConnectionSettings) -> Result<ConnectionSettings, ConfigError> {
        if let Some(lifetime) = self.lifetime {
            settings = settings.join_lifetime(duration("join.lifetime", &lifetime)?);
        }
        if self.dangerous_admin {
            settings = settings.dangerous().join_admin();
        }
        if self.dangerous_any_domain {
            settings = settings.dangerous().join_any_domain();
        }
        Ok(settings)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesDocument {
    #[serde(rename = "attribute")]
    pub(crate) attribute: String,
    #[serde(rename = "default")]
    pub(crate) default: String,
    #[serde(rename = "dangerous_admin_default", default)]
    pub(crate) dangerous_admin_default: bool,
    #[serde(rename = "map", default)]
    pub(crate) map: BTreeMap<String, String>,
}

impl RolesDocument {
    pub(crate) fn settings(self) -> RoleSettings {
        let mut settings = RoleSettings::new(self.attribute).default_role(self.default);
        if self.dangerous_admin_default {
            settings = settings.dangerous().admin_by_default();
        }
        self.map.into_iter().fold(settings, |settings, (value, role)| settings.role(role, [value]))
    }
}
