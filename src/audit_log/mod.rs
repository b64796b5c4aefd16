//! An audit log that can be searched: every event goes to a database, and the app's pages read it from there.
//!
//! [`StoredAudit`] is an [`AuditSink`](crate::audit::AuditSink) that writes to an [`AuditLog`]. `SqliteStore` of
//! `tower-sso-sqlx` is such a log, and [`MemoryStore`](crate::store::MemoryStore) is one without a database.
//!
//! ```
//! use tower_sso::{
//!     LookupError, OrgId, SsoBuilder,
//!     audit::TracingSink,
//!     audit_log::{AuditLog, AuditQuery, AuditRecord, StoredAudit},
//!     store::MemoryStore,
//! };
//!
//! /// Writes each event to `tracing` and to the log. Call it in a Tokio runtime.
//! fn audited(builder: SsoBuilder, log: &MemoryStore) -> SsoBuilder {
//!     builder.audit_sink((TracingSink, StoredAudit::start(log.clone())))
//! }
//!
//! /// The newest refusals in an organization, for its administrators.
//! async fn refusals(log: &impl AuditLog, here: &OrgId) -> Result<Vec<AuditRecord>, LookupError> {
//!     let query = AuditQuery::new(50).organization(here.clone()).names(["login.refused"]);
//!     Ok(log.query(&query).await?.records)
//! }
//! ```
//!
//! - Recording an event never waits. Up to 10,000 events wait for the database, at most a quarter of one organization.
//!   In a full queue, the organization with the most gives way.
//!   What is beyond that is dropped and counted: [`StoredAudit::dropped`], the metric `tower_sso_audit_dropped_total`,
//!   and a record `audit.dropped` with the number as soon as the database accepts records again.
//! - Records are kept for 400 days by default, and an organization has 100,000 at most.
//! - No text in a record is longer than 500 characters.

mod queue;
mod record;
mod stored;

pub use self::stored::{AuditSettings, StoredAudit};
pub use tower_sso_core::audit::{
    AuditCursor, AuditLevel, AuditLog, AuditPage, AuditQuery, AuditRecord, ORGANIZATION_EVENTS,
};
