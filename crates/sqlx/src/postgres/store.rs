//! [`PostgresStore`]: the stores in one PostgreSQL database.

use std::{fmt, sync::Arc, time::SystemTime};

use sqlx::PgPool;
use tower_sso_core::{
    AccountId, Digest, JoinLinkId, Lookup, LookupError, OrgId,
    session::{Revision, SessionId, SessionPage, SsoSession},
    store::{
        AddOutcome, Claim, ClaimOutcome, InsertOutcome, JoinLink, JoinLinks, Link, LinkOutcome, Links,
        OneTime, OneTimeEntry, PutOutcome, Revocation, RevokeOutcome, SessionKey, SessionList, SessionStore,
        TakeOutcome,
    },
};

use crate::{
    common::purged::Purged,
    postgres::{
        claims, errors::lookup_error, join_links, links, list, marks, migrate::migrate, open,
        open::PostgresError, purge, sessions, values, writing::Writing,
    },
};

/// Stores SSO sessions, one-time values, account links, join links, connections and the audit log in a PostgreSQL
/// database, in the schema `tower_sso`. Clones share the connections. Any number of nodes may use one database.
///
/// It has no key ring: every node of the app passes the same one to `SsoBuilder::keys`.
#[derive(Clone)]
pub struct PostgresStore(Arc<Shared>);

struct Shared {
    pool: PgPool,
}

impl PostgresStore {
    /// Connects to a database, such as `postgres://user:password@host/database`, and makes the tables. Other parameters
    /// are those of libpq, such as `?sslmode=verify-full`.
    ///
    /// # Errors
    ///
    /// Returns an error if the database can't be reached, is a replica, or was migrated by a later version of this crate.
    pub async fn connect(url: &str) -> Result<Self, PostgresError> {
        Self::with_pool(open::pool(url).await?).await
    }

    /// Uses the pool of an app, which keeps its own settings of the connections. Set a `lock_timeout` and an acquire
    /// timeout of less than the lookup timeout of tower-sso, which is 3 seconds, and an
    /// `idle_in_transaction_session_timeout`, so that a node that is gone holds no lock. `synchronous_commit = off` can
    /// take back the last revocations when the server crashes.
    ///
    /// # Errors
    ///
    /// Returns an error if the tables can't be made, if the database is a replica, or if a later version of this crate has
    /// migrated it.
    pub async fn with_pool(pool: PgPool) -> Result<Self, PostgresError> {
        migrate(&pool).await?;
        Ok(Self(Arc::new(Shared { pool })))
    }

    /// Drops everything that has expired at `now`, in transactions of at most `batch` rows of each kind, and returns how
    /// much was dropped. Call it once an hour, on any node: a write drops only expired rows of its own organization. A
    /// `now` that is ahead of the clocks of the app's nodes ends sessions and logins early, and lets none back in.
    ///
    /// # Errors
    ///
    /// Returns an error if the database fails. What was dropped before stays dropped.
    pub async fn purge(&self, now: SystemTime, batch: u32) -> Result<Purged, LookupError> {
        let mut purged = Purged::default();
        loop {
            let mut writing = self.begin().await?;
            let dropped = purge::expired(writing.connection(), now, batch.max(1)).await;
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

    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(crate) async fn begin(&self) -> Result<Writing, LookupError> {
        Writing::begin(&self.0.pool).await
    }
}

impl SessionStore for PostgresStore {
    fn revision(&self, since: Option<SystemTime>) -> Lookup<Revision> {
        let this = self.clone();
        Lookup::later(async move { marks::revision(&this.0.pool, since).await })
    }

    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome> {
        let this = self.clone();
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = sessions::insert(writing.connection(), &session).await;
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
            let answer = sessions::revoke(writing.connection(), &revocation).await;
            writing.end(answer).await
        })
    }
}

impl OneTime for PostgresStore {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        let this = self.clone();
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = values::put(writing.connection(), &entry).await;
            writing.end(answer).await
        })
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        let (this, key) = (self.clone(), *key);
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = values::take(writing.connection(), &key).await;
            writing.end(answer).await
        })
    }

    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome> {
        let (this, claim) = (self.clone(), claim.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = claims::claim(writing.connection(), &claim).await;
            writing.end(answer).await
        })
    }
}

impl Links for PostgresStore {
    fn link(&self, link: &Link, login: &SessionId) -> Lookup<LinkOutcome> {
        let (this, link, login) = (self.clone(), link.clone(), login.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = links::link(writing.connection(), &link, &login).await;
            writing.end(answer).await
        })
    }

    fn undo(&self, link: &Link, login: &SessionId) -> Lookup<bool> {
        let (this, link, login) = (self.clone(), link.clone(), login.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = links::undo(writing.connection(), &link, &login).await;
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
            let answer = links::unlink(writing.connection(), &organization, &account).await;
            writing.end(answer).await
        })
    }
}

impl JoinLinks for PostgresStore {
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome> {
        let (this, link) = (self.clone(), link.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = join_links::add(writing.connection(), &link).await;
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
            let answer = join_links::count(writing.connection(), &organization, &id).await;
            writing.end(answer).await
        })
    }

    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool> {
        let (this, organization, id) = (self.clone(), organization.clone(), id.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = join_links::remove(writing.connection(), &organization, &id).await;
            writing.end(answer).await
        })
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStore")
    }
}
