//! [`PostgresStore`] as a store of connections, and as an audit log.

use std::time::SystemTime;

use tower_sso_core::{
    Lookup, OrgId,
    audit::{AuditLog, AuditPage, AuditQuery, AuditRecord},
    connection::{ConnectionRecord, ConnectionStore, SaveOutcome},
};

use crate::postgres::{audit, connections, store::PostgresStore};

impl ConnectionStore for PostgresStore {
    fn find(&self, organization: &OrgId) -> Lookup<Option<ConnectionRecord>> {
        let (this, organization) = (self.clone(), organization.clone());
        Lookup::later(async move { connections::find(this.pool(), &organization).await })
    }

    fn save(&self, record: &ConnectionRecord) -> Lookup<SaveOutcome> {
        let (this, record) = (self.clone(), record.clone());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = connections::save(writing.connection(), &record).await;
            writing.end(answer).await
        })
    }

    fn history(
        &self,
        organization: &OrgId,
        before: Option<u64>,
        limit: usize,
    ) -> Lookup<Vec<ConnectionRecord>> {
        let (this, organization) = (self.clone(), organization.clone());
        Lookup::later(async move { connections::history(this.pool(), &organization, before, limit).await })
    }

    fn list(&self, after: Option<&OrgId>, limit: usize) -> Lookup<Vec<ConnectionRecord>> {
        let (this, after) = (self.clone(), after.cloned());
        Lookup::later(async move { connections::list(this.pool(), after.as_ref(), limit).await })
    }

    fn reseal(&self, record: &ConnectionRecord, sealed: &[u8]) -> Lookup<bool> {
        let (this, record, sealed) = (self.clone(), record.clone(), sealed.to_vec());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = connections::reseal(writing.connection(), &record, &sealed).await;
            writing.end(answer).await
        })
    }
}

impl AuditLog for PostgresStore {
    fn append(&self, records: &[AuditRecord]) -> Lookup<()> {
        let (this, records) = (self.clone(), records.to_vec());
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = audit::append(writing.connection(), &records).await;
            writing.end(answer).await
        })
    }

    fn query(&self, query: &AuditQuery) -> Lookup<AuditPage> {
        let (this, query) = (self.clone(), query.clone());
        Lookup::later(async move { audit::query(this.pool(), &query).await })
    }

    fn forget(&self, before: SystemTime, most: usize) -> Lookup<usize> {
        let this = self.clone();
        Lookup::later(async move {
            let mut writing = this.begin().await?;
            let answer = audit::forget(writing.connection(), before, most).await;
            writing.end(answer).await
        })
    }
}
