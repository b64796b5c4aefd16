//! [`StoredConnections`] as [`Connections`]: what the layer asks for each request.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_sso_core::{
    Clock, Lookup, LookupError, OrgId,
    connection::{ConnectionRecord, ConnectionStore},
    internal::Split,
    keys::KeyRing,
};

use crate::connection::{
    ConnectionDocument,
    checked::{Connection, Connections},
    mapping::role::Roles,
    source::Source,
    stored::{
        cache::{Cache, Known, Read},
        sealed,
    },
};

/// Connections in a database. Each is a TOML document ([`ConnectionDocument`]), as it would be in a file, and is sealed
/// with the key ring. Every change is kept, with who made it and when.
///
/// - A request is decided by settings that are at most one second old ([`max_age`](Self::max_age)). A change that was
///   made through this value holds from the next request on.
/// - A connection that can't be read is an error: the request gets 503. No request passes because of it.
/// - Settings contain everything: they name no file and no environment variable.
/// - Changed and moved rows don't open. Deleted ones are not noticed: a person who can delete rows of the database can
///   bring back former settings, or remove a connection, which opens the organization's content to members without SSO.
///
/// Clones share their contents.
///
/// ```
/// use tower_sso::{AccountId, Sso, connection::{SaveError, StoredConnections}};
///
/// /// Saves what an administrator has edited. `number` is that of the settings that they saw.
/// async fn save(
///     sso: &Sso,
///     connections: &StoredConnections,
///     admin: &AccountId,
///     (text, number): (&str, u64),
/// ) -> Result<u64, Box<dyn std::error::Error>> {
///     let saved = connections.save(text, number, Some(admin)).await?;
///     // The audit log says who changed the connection, and whether SSO sessions ended.
///     sso.as_actor(admin).run(async { sso.connections_reloaded(&saved.reloaded) }).await?;
///     Ok(saved.number)
/// }
/// ```
#[derive(Clone)]
pub struct StoredConnections(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Arc<dyn ConnectionStore>,
    pub(crate) keys: KeyRing,
    pub(crate) roles: Roles,
    pub(crate) clock: Clock,
    max_age: Duration,
    pub(crate) cache: Cache,
}

impl StoredConnections {
    /// Returns the connections in a store, such as `SqliteStore` of `tower-sso-sqlx`. `keys` is the ring that is also
    /// passed to [`SsoBuilder::keys`](crate::SsoBuilder::keys); it has to last as long as the store.
    #[must_use]
    pub fn new(store: impl ConnectionStore, keys: KeyRing) -> Self {
        Self(Arc::new(Shared {
            store: Arc::new(store),
            keys,
            roles: Roles::default(),
            clock: Clock::system(),
            max_age: Duration::from_secs(1),
            cache: Cache::default(),
        }))
    }

    /// Sets the app's own roles, which the mappings name.
    #[must_use]
    pub fn known_roles(self, roles: Roles) -> Self {
        self.with(|shared| Shared { roles, ..shared })
    }

    /// Sets how old the settings may be by which a request is decided: 1 second by default. Another process may have
    /// changed them meanwhile. With zero, each request reads the number of the newest change, and the settings.
    #[must_use]
    pub fn max_age(self, max_age: Duration) -> Self {
        self.with(|shared| Shared { max_age, ..shared })
    }

    /// Sets the clock by which changes are dated.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|shared| Shared { clock, ..shared })
    }

    fn with(self, change: impl FnOnce(Shared) -> Shared) -> Self {
        let Shared { store, keys, roles, clock, max_age, .. } = &*self.0;
        let (store, keys, roles, clock) = (Arc::clone(store), keys.clone(), roles.clone(), clock.clone());
        Self(Arc::new(change(Shared {
            store,
            keys,
            roles,
            clock,
            max_age: *max_age,
            cache: Cache::default(),
        })))
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.0.clock.now()
    }
}

impl Shared {
    /// Builds the connection of a record, or returns `None` if the record says that it was removed.
    pub(crate) fn build(&self, record: &ConnectionRecord) -> Result<Option<Connection>, LookupError> {
        let Some(document) = sealed::open(&self.keys, record)?.document else { return Ok(None) };
        let built = ConnectionDocument::parse(&document).and_then(|document| {
            document.settings_from(Source::Document)?.known_roles(self.roles.clone()).build()
        });
        let connection = built.map_err(|error| LookupError::new(format!("a stored connection: {error}")))?;
        if connection.organization != record.organization {
            return Err(LookupError::new("a stored connection names another organization"));
        }
        Ok(Some(connection))
    }

    /// Ends a read: returns the connection, and keeps it.
    fn read(
        &self,
        organization: &OrgId,
        read: &Read,
        found: Option<ConnectionRecord>,
    ) -> Result<Option<Arc<Connection>>, LookupError> {
        let Some(record) = found else {
            self.cache.remove(organization);
            return Ok(None);
        };
        if record.organization != *organization {
            return Err(LookupError::new("the store returned the connection of another organization"));
        }
        let known = match &read.known {
            Some(known) if *known.record == record => known.clone(),
            known => {
                let Some(connection) = self.build(&record)? else {
                    self.cache.remove(organization);
                    return Ok(None);
                };
                if let Some(old) = known {
                    connection.adopt(&old.connection);
                }
                Known { record: Arc::new(record), connection: Arc::new(connection) }
            }
        };
        let connection = Arc::clone(&known.connection);
        self.cache.keep(organization, read, known);
        Ok(Some(connection))
    }
}

impl Connections for StoredConnections {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        let read = match self.0.cache.find(organization, self.0.max_age) {
            Ok(connection) => return Lookup::now(Some(connection)),
            Err(read) => read,
        };
        match self.0.store.find(organization).split() {
            Split::Now(found) => {
                Lookup::ready(found.and_then(|found| self.0.read(organization, &read, found)))
            }
            Split::Later(later) => {
                let (shared, organization) = (Arc::clone(&self.0), organization.clone());
                Lookup::later(async move { shared.read(&organization, &read, later.await?) })
            }
        }
    }
}

impl fmt::Debug for StoredConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredConnections")
    }
}
