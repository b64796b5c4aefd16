//! The settings of a role mapping, and their checks. At least one value must give a role that administers.

use std::collections::BTreeMap;

use tower_sso_core::ConfigError;

use crate::connection::mapping::{
    attribute::Attribute,
    role::{Role, Roles},
    roles::RoleMapping,
};

/// The settings of a role mapping: how a profile is mapped to a role in the organization. They are checked when the
/// connection is built.
///
/// ```
/// # use tower_sso::{oidc::{ClientAuthentication, ClientId, OidcSettings}, connection::Enforcement, roles::RoleSettings, ConnectionSettings, Secret};
/// # let provider = OidcSettings::new("https://idp.example", ClientId::new("hub"), ClientAuthentication::None);
/// let roles = RoleSettings::new("groups").default_role("read").role("admin", ["hub-admins"]).role("write", ["hub-developers"]);
/// let connection = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).roles(roles).build()?;
/// # assert!(connection.roles().is_some());
/// # Ok::<_, tower_sso::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoleSettings {
    attribute: String,
    default: String,
    map: Vec<(String, String)>,
    admin_by_default: bool,
}

/// Settings that weaken a role mapping, returned by [`RoleSettings::dangerous`].
#[derive(Clone, Debug)]
pub struct DangerousRoleSettings(RoleSettings);

impl DangerousRoleSettings {
    /// Accepts a default role that administers the organization. Every user about whom the provider says nothing then
    /// administers the organization. If the provider stops sending the attribute, this applies to every user.
    #[must_use]
    pub fn admin_by_default(mut self) -> RoleSettings {
        self.0.admin_by_default = true;
        self.0
    }
}

impl RoleSettings {
    /// Creates a mapping. `attribute` is the path of the attribute whose values are mapped to roles. See
    /// the [handbook](crate::handbook), *Roles*, for paths. A mapping also needs a [default role](Self::default_role)
    /// and at least one [role](Self::role).
    pub fn new(attribute: impl Into<String>) -> Self {
        Self { attribute: attribute.into(), default: String::new(), map: Vec::new(), admin_by_default: false }
    }

    /// Sets the name of the role for users who have none of the mapped values and no invitation.
    #[must_use]
    pub fn default_role(mut self, name: impl Into<String>) -> Self {
        self.default = name.into();
        self
    }

    /// Gives the role of this name to users whose attribute has one of the values. At least one value must be mapped
    /// to a role that administers the organization.
    #[must_use]
    pub fn role(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let name = name.into();
        self.map.extend(values.into_iter().map(|value| (value.into(), name.clone())));
        self
    }

    /// Returns the settings that weaken the mapping.
    #[must_use]
    pub fn dangerous(self) -> DangerousRoleSettings {
        DangerousRoleSettings(self)
    }

    pub(crate) fn build(self, roles: &Roles) -> Result<RoleMapping, ConfigError> {
        let attribute = Attribute::parse("roles.attribute", &self.attribute)?;
        let default = roles.named(|| "roles.default".to_owned(), &self.default)?;
        if default.is_admin() && !self.admin_by_default {
            let problem = "expected a role that does not administer: everybody would, once the provider stops sending \
                           the attribute";
            return Err(ConfigError::new("roles.default", problem));
        }
        let mut map = BTreeMap::new();
        for (value, name) in self.map {
            let field = || format!("roles.map.{value}");
            if value.is_empty() {
                return Err(ConfigError::new(field(), "expected a value of the attribute"));
            }
            let role = roles.named(field, &name)?;
            if map.contains_key(&value) {
                return Err(ConfigError::new(field(), "appears twice"));
            }
            map.insert(value, role);
        }
        if !map.values().any(Role::is_admin) {
            let expected = "expected at least one value that gives the admin role: otherwise no one could become an admin";
            return Err(ConfigError::new("roles.map", expected));
        }
        Ok(RoleMapping { attribute, default, map })
    }
}
