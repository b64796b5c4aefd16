//! A fixed list of connections, which the app gives when it starts. At most one for each organization.

use std::{collections::HashMap, sync::Arc};

use foldhash::quality::RandomState;
use tower_sso_core::{ConfigError, Lookup, OrgId};

use crate::connection::{
    checked::{Connection, Connections},
    settings::ConnectionSettings,
};

/// A fixed list of connections, at most one for each organization.
#[derive(Debug, Default)]
pub struct FixedConnections(HashMap<OrgId, Arc<Connection>, RandomState>);

impl FixedConnections {
    /// Builds every connection from its settings.
    ///
    /// # Errors
    ///
    /// Returns an error if the settings of a connection are invalid, or if two connections belong to the same
    /// organization.
    pub fn build(settings: impl IntoIterator<Item = ConnectionSettings>) -> Result<Self, ConfigError> {
        let mut connections = HashMap::default();
        for settings in settings {
            let connection = settings.build()?;
            let organization = connection.organization.clone();
            if connections.insert(organization.clone(), Arc::new(connection)).is_some() {
                return Err(ConfigError::new(
                    "organization",
                    "appears twice: an organization has one connection",
                )
                .of(organization.as_str()));
            }
        }
        Ok(Self(connections))
    }

    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub(crate) fn of(connections: impl IntoIterator<Item = Arc<Connection>>) -> Self {
        let keyed = connections.into_iter().map(|connection| (connection.organization.clone(), connection));
        Self(keyed.collect())
    }

    /// Returns every connection, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.0.values()
    }

    pub(crate) fn get(&self, organization: &OrgId) -> Option<Arc<Connection>> {
        self.0.get(organization).cloned()
    }
}

impl Connections for FixedConnections {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        Lookup::now(self.get(organization))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::policy::Enforcement;

    #[test]
    fn two_connections_of_one_organization_are_refused() {
        let one = || ConnectionSettings::example("acme", Enforcement::Off);
        assert!(FixedConnections::build([one()]).is_ok());
        assert_eq!(FixedConnections::build([one(), one()]).unwrap_err().field(), "organization");
    }
}
