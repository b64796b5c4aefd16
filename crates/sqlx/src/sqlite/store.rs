//! [`SqliteStore`]: the stores in one SQLite database.

use std::{fmt, path::Path, sync::Arc, time::SystemTime};

use sqlx::SqlitePool;
use tokio::sync::Mutex;
use tower_sso_core::{
    AccountId, Digest, JoinLinkId, Lookup, LookupError, OrgId,
    keys::KeyRing,
    session::{Revision, SessionId, SessionPage, SsoSession},
    store::{
        AddOutcome, Claim, ClaimOutcome, InsertOutcome, JoinLink, JoinLinks, Link, LinkOutcome, Links,
        OneTime, OneTimeEntry, PutOutcome, Revocation, RevokeOutcome, SessionKey, SessionList, SessionStore,
        TakeOutcome,
    },
};

use crate::{
    common::purged::Purged,
    sqlite::{
        claims, errors::lookup_error, join_links, key_file, links, list, marks, migrate::migrate, open,
        open::OpenError, purge, sessions, values, writing::Writing,
    },
};

/// Stores SSO sessions, one-time values, account links, join links, connections and the audit log in a SQLite database.
/// Clones share it.
///
/// Its budgets are those of the traits. Apart from them, the size of the disk is the limit.
#[derive(Clone)]
pub struct SqliteStore(Arc<Shared>);

struct Shared {
    pool: SqlitePool,
    /// SQLite has one writer at a time. In this process, writers wait here and do not ask the database again and again.
    writer: Arc<Mutex<()>>,
    keys: Option<KeyRing>,
}

impl SqliteStore {
    /// Opens a file, and creates it if it does not exist, readable by its owner alone. The database is in WAL mode, with
    /// `synchronous = FULL`: what was answered survives a crash, and a loss of power.
    ///
    /// tower-sso seals pending logins with the key in the file `{path}.key`, unless the app sets a key ring. It is made if
    /// it does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be opened, if it is not a database, if a later version of this crate has
    /// migrated it, or if the key file holds no key or can be read by others.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let pool = open::pool(path.as_ref()).await?;
        migrate(&pool).await?;
        Ok(Self::new(pool, Some(Self::key_file(path.as_ref())?)))
    }

    /// Reads the key file of a database: `{path}.key`, with one key in a line, the current one first. Makes it, with a new
    /// key and readable by its owner alone, if it does not exist. For an app that calls
    /// [`with_pool`](Self::with_pool).
    ///
    /// # Errors
    ///
    /// Returns an error if the file holds no key, or can be read by others.
    pub fn key_file(path: impl AsRef<Path>) -> Result<KeyRing, OpenError> {
        key_file::key_ring(path.as_ref())
    }

    /// Uses the database of an app, which keeps its own settings of the connections. Set a busy timeout of less than
    /// the lookup timeout of tower-sso, which is 3 seconds. With `synchronous = NORMAL` in WAL mode, a loss of power can
    /// take back the last revocations. The app passes a key ring to `SsoBuilder::keys`, for example that of
    /// [`key_file`](Self::key_file).
    ///
    /// # Errors
    ///
    /// Returns an error if the tables can't be made, or if a later version of this crate has migrated them.
    pub async fn with_pool(pool: SqlitePool) -> Result<Self, OpenError> {
        migrate(&pool).await?;
        Ok(Self::new(pool, None))
    }

    fn new(pool: SqlitePool, keys: Option<KeyRing>) -> Self {
        Self(Arc::new(Shared { pool, writer: Arc::default(), keys }))
    }

    /// Drops everything that has expired at `now`, in transactions of at most `batch` rows of each kind, and returns how
    /// much was dropped. Other writers get their turn in between. A `now` that is ahead of the clocks of the app's nodes
    /// ends sessions and logins early, and lets none back in.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails. What was dropped before stays dropped.
    pub async fn purge(&self, now: SystemTime, batch: u32) -> Result<Purged, LookupError> {
        let mut purged = Purged::default();
        loop {
            let mut writing = self.begin().await?;
            let dropped = purge::expired(writing.connection()?, now, batch.max(1)).await;
            let dropped = writing.end(dropped).await?;
            purged.add(dropped);
            if dropped.largest() < u64::from(batch.max(1)) {
                return Ok(purged);
            }
        }
    }

    /// Closes the connections, after the calls that are running.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.0.pool
    }

    /// Begins a transaction that writes, when it is this call's turn.
    pub(crate) async fn begin(&self) -> Result<Writing, LookupError> {
        let turn = Arc::clone(&self.0.writer).lock_owned().await;
        let connection = self.0.pool.acquire().await.map_err(|error| lookup_error(&error))?;
        Writing::begin(connection, turn).await
    }
}

impl SessionStore for SqliteStore {
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision> {
        let this = self.clone();
        Lookup::later(async move { marks::revision(&this.0.pool, since).await })
    }

    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome> {
        let this = self.clone();
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = sessions::insert(writing.connection()?, &session).await;
            writing.end(answer).await
        })
    }

    fn revoked(&self, session: &SsoSession) -> Lookup<bool> {
        let (this, session) = (self.clone(), session.clone());
        Lookup::later(async move {
            let mut reading = this.0.pool.acquire().await.map_err(|error| lookup_error(&error))?;
            marks::refuse(&mut reading, &session).await
        })
    }

    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>> {
        let this = self.clone();
        let (credential, organization, account) =
            (key.credential.clone(), key.organization.clone(), key.account.clone());
        Lookup::later(async move {
            let key = SessionKey { credential: &credential, organization: &organization, account: &account };
            sessions::find(&this.0.pool, key).await
        })
    }

    fn list(&self, list: &SessionList) -> Lookup<SessionPage> {
        let (this, list) = (self.clone(), list.clone());
        Lookup::later(async move { list::page(&this.0.pool, &list).await })
    }

    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome> {
        let (this, revocation) = (self.clone(), revocation.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = sessions::revoke(writing.connection()?, &revocation).await;
            writing.end(answer).await
        })
    }
}

impl OneTime for SqliteStore {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        let this = self.clone();
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = values::put(writing.connection()?, &entry).await;
            writing.end(answer).await
        })
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        let (this, key) = (self.clone(), *key);
        Lookup::later(async move {
            // A stranger's key does not wait for the writers, nor they for it.
            if !values::is_known(&this.0.pool, &key).await? {
                return Ok(TakeOutcome::Nothing);
            }
            let mut writing = this.begin().await?;
            let answer = values::take(writing.connection()?, &key).await;
            writing.end(answer).await
        })
    }

    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome> {
        let (this, claim) = (self.clone(), claim.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = claims::claim(writing.connection()?, &claim).await;
            writing.end(answer).await
        })
    }

    fn key_ring(&self) -> Option<KeyRing> {
        self.0.keys.clone()
    }
}

impl Links for SqliteStore {
    fn link(&self, link: &Link, login: &SessionId) -> Lookup<LinkOutcome> {
        let (this, link, login) = (self.clone(), link.clone(), login.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = links::link(writing.connection()?, &link, &login).await;
            writing.end(answer).await
        })
    }

    fn undo(&self, link: &Link, login: &SessionId) -> Lookup<bool> {
        let (this, link, login) = (self.clone(), link.clone(), login.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = links::undo(writing.connection()?, &link, &login).await;
            writing.end(answer).await
        })
    }

    fn find(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<Link>> {
        let (this, organization, account) = (self.clone(), organization.clone(), account.clone());
        Lookup::later(async move { links::find(&this.0.pool, &organization, &account).await })
    }

    fn unlink(&self, organization: &OrgId, account: &AccountId) -> Lookup<bool> {
        let (this, organization, account) = (self.clone(), organization.clone(), account.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = links::unlink(writing.connection()?, &organization, &account).await;
            writing.end(answer).await
        })
    }
}

impl JoinLinks for SqliteStore {
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome> {
        let (this, link) = (self.clone(), link.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = join_links::add(writing.connection()?, &link).await;
            writing.end(answer).await
        })
    }

    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>> {
        let (this, organization, id) = (self.clone(), organization.clone(), id.clone());
        Lookup::later(async move { join_links::find(&this.0.pool, &organization, &id).await })
    }

    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>> {
        let (this, organization) = (self.clone(), organization.clone());
        Lookup::later(async move { join_links::list(&this.0.pool, &organization).await })
    }

    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        let (this, organization, id) = (self.clone(), organization.clone(), id.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = join_links::count(writing.connection()?, &organization, &id).await;
            writing.end(answer).await
        })
    }

    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        let (this, organization, id) = (self.clone(), organization.clone(), id.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = join_links::remove(writing.connection()?, &organization, &id).await;
            writing.end(answer).await
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}
