//! The source of the connections: the hub's own file, or a separate file that can be reloaded while the hub runs.

use std::sync::Arc;

use tower_sso::{Connection, Connections, FileConnections, Lookup, OrgId, connection::FixedConnections};

pub(crate) enum HubConnections {
    Fixed(FixedConnections),
    File(FileConnections),
}

impl HubConnections {
    /// Returns the file that can be reloaded, if there is one.
    pub(crate) fn file(&self) -> Option<&FileConnections> {
        match self {
            Self::Fixed(_) => None,
            Self::File(file) => Some(file),
        }
    }
}

impl Connections for HubConnections {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        match self {
            Self::Fixed(connections) => connections.find(organization),
            Self::File(connections) => connections.find(organization),
        }
    }
}
