//! Changes of stored connections: what is refused, and what is kept about a change.

use std::{fmt, sync::Arc, time::SystemTime};

use toml::Table;
use tower_sso_core::{
    AccountId, ConfigError, LookupError, OrgId, Secret,
    connection::{ConnectionRecord, SaveOutcome},
};

use crate::{
    connection::{
        ConnectionDocument,
        checked::Connection,
        policy::Enforcement,
        reloaded::Reloaded,
        source::Source,
        stored::{
            changes::{self, FieldChange},
            connections::StoredConnections,
            sealed::{self, Contents},
        },
    },
    sso_error::Error,
};

/// The largest document, in bytes. The metadata of a SAML provider is a part of it.
const LARGEST: usize = 1024 * 1024;
/// How many records are read at once.
const PAGE: usize = 20;

/// The settings of an organization, as they are now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CurrentSettings {
    /// The number of the change that made them. Pass it to [`StoredConnections::save`].
    pub number: u64,
    /// The settings as TOML, with their secrets: the contents of a `[[connection]]` table. `None` if the connection was
    /// removed.
    pub document: Option<Secret<String>>,
    /// When they were changed.
    pub changed_at: SystemTime,
    /// Who changed them.
    pub changed_by: Option<AccountId>,
}

/// A change in the history of a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionChange {
    /// Its number, 1 for the first one.
    pub number: u64,
    /// When it was made.
    pub changed_at: SystemTime,
    /// Who made it.
    pub changed_by: Option<AccountId>,
    /// Whether no key of the ring opens it. Then `removed` and `fields` say nothing.
    pub unreadable: bool,
    /// Whether it removed the connection.
    pub removed: bool,
    /// What it changed, in the order of the paths, without secrets.
    pub fields: Vec<FieldChange>,
}

/// A change that was saved.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Saved {
    /// The number of the change.
    pub number: u64,
    /// What it means. Pass it to [`Sso::connections_reloaded`](crate::Sso::connections_reloaded).
    pub reloaded: Reloaded,
}

/// Why a change was not saved. The earlier settings stay in effect.
#[derive(Debug)]
#[non_exhaustive]
pub enum SaveError {
    /// A setting is invalid, or the change is not allowed.
    Invalid(ConfigError),
    /// The settings have changed since the caller saw them. Show them again.
    Conflict,
    /// The store failed.
    Unavailable(LookupError),
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => error.fmt(f),
            Self::Conflict => f.write_str("the settings have changed meanwhile"),
            Self::Unavailable(error) => write!(f, "the settings can't be saved: {error}"),
        }
    }
}

impl std::error::Error for SaveError {}

impl From<ConfigError> for SaveError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl From<LookupError> for SaveError {
    fn from(error: LookupError) -> Self {
        Self::Unavailable(error)
    }
}

impl StoredConnections {
    /// Returns the settings of an organization for an editor, or `None` if it never had a connection.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails, or if no key of the ring opens the settings.
    pub async fn current(&self, organization: &OrgId) -> Result<Option<CurrentSettings>, Error> {
        let Some(record) = self.0.store.find(organization).await? else { return Ok(None) };
        let document = sealed::open(&self.0.keys, &record)?.document.map(Secret::new);
        let ConnectionRecord { number, changed_at, changed_by, .. } = record;
        Ok(Some(CurrentSettings { number, document, changed_at, changed_by }))
    }

    /// Saves settings: the contents of a `[[connection]]` table, which name the organization. `replaces` is the number of
    /// the settings that the caller saw, 0 if there were none.
    ///
    /// Settings that no key of the ring opens can be replaced. If the call is canceled, the change is saved as a whole or
    /// not at all.
    ///
    /// # Errors
    ///
    /// Returns [`SaveError::Invalid`] if a setting is invalid, or names a file or an environment variable. Returns
    /// [`SaveError::Conflict`] if somebody else changed the settings meanwhile, and [`SaveError::Unavailable`] if the store
    /// fails: then the change may have been saved.
    pub async fn save(
        &self,
        document: &str,
        replaces: u64,
        by: Option<&AccountId>,
    ) -> Result<Saved, SaveError> {
        if document.len() > LARGEST {
            let problem = format!("expected at most {LARGEST} bytes, found {}", document.len());
            return Err(ConfigError::new("connection", problem).into());
        }
        let parsed = ConnectionDocument::parse(document)?;
        let organization = OrgId::new(parsed.organization());
        let settings = parsed.settings_from(Source::Document)?.known_roles(self.0.roles.clone());
        let connection = Arc::new(settings.build()?);
        let before = self.before(&organization, replaces).await?;
        let changes = changes::between(&before.table, &table(document));
        let contents = Contents { document: Some(document.to_owned()), changes };
        let number = self.append(&organization, replaces, by, &contents).await?;
        Ok(Saved { number, reloaded: Reloaded::of_one(before.connection.as_ref(), Some(&connection)) })
    }

    /// Removes the connection of an organization. The history stays.
    ///
    /// # Errors
    ///
    /// Returns [`SaveError::Invalid`] if its enforcement is not `off`: otherwise the organization's content would be open
    /// to members who never logged in with SSO. Save it with `enforcement = "off"` first. The other errors are those of
    /// [`save`](Self::save).
    pub async fn remove(
        &self,
        organization: &OrgId,
        replaces: u64,
        by: Option<&AccountId>,
    ) -> Result<Saved, SaveError> {
        let before = self.before(organization, replaces).await?;
        if before.unreadable
            || before.connection.as_ref().is_some_and(|it| it.enforcement != Enforcement::Off)
        {
            let problem = "expected \"off\": set it before removing the connection";
            return Err(ConfigError::new("enforcement", problem).of(organization.as_str()).into());
        }
        let changes = changes::between(&before.table, &Table::new());
        let number = self.append(organization, replaces, by, &Contents { document: None, changes }).await?;
        Ok(Saved { number, reloaded: Reloaded::of_one(before.connection.as_ref(), None) })
    }

    /// Returns at most `limit` changes of a connection, and at most 20, newest first: those before the one with the number
    /// `before`, or the newest ones.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConnectionChange>, Error> {
        let records = self.0.store.history(organization, before, limit.min(PAGE)).await?;
        let change = |record: ConnectionRecord| {
            let contents = sealed::open(&self.0.keys, &record).ok();
            let ConnectionRecord { number, changed_at, changed_by, .. } = record;
            let unreadable = contents.is_none();
            let removed = contents.as_ref().is_some_and(|it| it.document.is_none());
            let fields = contents.map(|it| it.changes).unwrap_or_default();
            ConnectionChange { number, changed_at, changed_by, unreadable, removed, fields }
        };
        Ok(records.into_iter().map(change).collect())
    }

    /// Seals everything again with the current key of the ring, and returns how many records that were. If every node has
    /// the current key as its first one by then, the former keys are not needed for connections any more.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. Returns an error, too, if no key of the ring opens some records, after all
    /// others were sealed again.
    pub async fn reseal(&self) -> Result<usize, Error> {
        let (mut count, mut unreadable, mut after) = (0, 0, None);
        loop {
            let page = self.0.store.list(after.as_ref(), PAGE).await?;
            for newest in &page {
                self.reseal_history(&newest.organization, (&mut count, &mut unreadable)).await?;
                self.0.cache.invalidate(&newest.organization);
            }
            match page.last() {
                Some(last) => after = Some(last.organization.clone()),
                None if unreadable == 0 => return Ok(count),
                None => {
                    let problem = format!(
                        "{unreadable} records of connections are opened by no key of the ring; {count} were sealed again"
                    );
                    return Err(LookupError::new(problem).into());
                }
            }
        }
    }

    async fn reseal_history(
        &self,
        organization: &OrgId,
        (count, unreadable): (&mut usize, &mut usize),
    ) -> Result<(), LookupError> {
        let mut before = None;
        loop {
            let page = self.0.store.history(organization, before, PAGE).await?;
            for record in &page {
                match sealed::reseal(&self.0.keys, record) {
                    Ok(Some(sealed)) => *count += usize::from(self.0.store.reseal(record, &sealed).await?),
                    Ok(None) => {}
                    Err(_) => *unreadable += 1,
                }
            }
            match page.last() {
                Some(last) => before = Some(last.number),
                None => return Ok(()),
            }
        }
    }

    /// Returns what there was before a change, if it is still what the caller saw.
    async fn before(&self, organization: &OrgId, replaces: u64) -> Result<Before, SaveError> {
        let record = self.0.store.find(organization).await?;
        if record.as_ref().map_or(0, |record| record.number) != replaces {
            return Err(SaveError::Conflict);
        }
        let Some(record) = record else { return Ok(Before::default()) };
        let (Ok(contents), Ok(connection)) = (sealed::open(&self.0.keys, &record), self.0.build(&record))
        else {
            return Ok(Before { unreadable: true, ..Before::default() });
        };
        let table = contents.document.as_deref().map(table).unwrap_or_default();
        Ok(Before { table, connection: connection.map(Arc::new), unreadable: false })
    }

    async fn append(
        &self,
        organization: &OrgId,
        replaces: u64,
        by: Option<&AccountId>,
        contents: &Contents,
    ) -> Result<u64, SaveError> {
        let number = replaces.saturating_add(1);
        let record = sealed::seal(&self.0.keys, (organization, number), (self.now(), by), contents)?;
        // In a task, which goes on if nobody waits for this call any more: then the change may be saved nevertheless, and
        // the cache has to know. The same holds after an error.
        let shared = Arc::clone(&self.0);
        let saving = tokio::spawn(async move {
            let saved = shared.store.save(&record).await;
            shared.cache.invalidate(&record.organization);
            saved
        });
        match saving.await.map_err(LookupError::from)?? {
            SaveOutcome::Saved => Ok(number),
            SaveOutcome::Conflict => Err(SaveError::Conflict),
        }
    }
}

/// What there was before a change.
#[derive(Default)]
struct Before {
    table: Table,
    connection: Option<Arc<Connection>>,
    /// No key opens it, or it is not valid any more.
    unreadable: bool,
}

/// Returns the table of a document that was parsed before.
fn table(document: &str) -> Table {
    document.parse().unwrap_or_default()
}
