//! Where the connections come from: the hub's own file, or one beside it that is read again while running.

use std::sync::Arc;

use tower_sso::{Connection, Connections, FileConnections, Lookup, OrgId, connection::FixedConnections};

pub(crate) enum HubConnections {
    Fixed(FixedConnections),
    File(FileConnections),
}

impl HubConnections {
    /// The file that can be read again.
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
