//! The audit log, for the activity page of each organization.

use std::{sync::Arc, time::Duration};

use tower_sso::{
    LookupError, OrgId,
    audit::{AuditEvent, AuditSink, TracingSink},
    audit_log::{AuditLog, AuditQuery, AuditRecord, StoredAudit},
    store::MemoryStore,
};
use tower_sso_sqlx::SqliteStore;

/// How long a page waits until the log has the events of the requests before it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes every event to the log of the process and to the audit log. Clones share it.
#[derive(Clone)]
pub(crate) struct Activity {
    log: Arc<dyn AuditLog>,
    sink: StoredAudit,
}

impl Activity {
    /// Starts the task that writes to the store, or to memory if nothing lasts.
    pub(crate) fn start(stores: Option<&SqliteStore>) -> Self {
        let log: Arc<dyn AuditLog> = match stores {
            Some(stores) => Arc::new(stores.clone()),
            None => Arc::new(MemoryStore::default()),
        };
        Self { sink: StoredAudit::start(Arc::clone(&log)), log }
    }

    /// Returns the organization's events, newest first.
    pub(crate) async fn of(
        &self,
        organization: &OrgId,
        most: usize,
    ) -> Result<Vec<AuditRecord>, LookupError> {
        self.flush().await;
        Ok(self.log.query(&AuditQuery::new(most).organization(organization.clone())).await?.records)
    }

    /// Waits until what happened before is written, but not for long.
    pub(crate) async fn flush(&self) {
        if tokio::time::timeout(PATIENCE, self.sink.flush()).await.is_err() {
            tracing::warn!("the audit log is behind");
        }
    }
}

impl AuditSink for Activity {
    fn record(&self, event: &AuditEvent) {
        TracingSink.record(event);
        self.sink.record(event);
    }
}
