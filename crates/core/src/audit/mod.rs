//! The audit log: the records of what happened, and the trait of a log that keeps them.
//!
//! tower-sso makes the records, and the app reads them: by organization, for its administrators, or by the reference that
//! a page showed to a visitor.
//!
//! ```
//! use tower_sso_core::{LookupError, audit::{AuditLog, AuditQuery}, store::MemoryStore};
//!
//! # async fn run() -> Result<(), LookupError> {
//! let log = MemoryStore::default();
//! let newest = log.query(&AuditQuery::new(50).organization("1".into()).names(["login.refused"])).await?;
//! assert!(newest.records.is_empty() && newest.next.is_none());
//! # Ok(()) }
//! ```

pub(crate) mod log;
pub(crate) mod query;
pub(crate) mod record;

pub use self::{
    log::{AuditLog, ORGANIZATION_EVENTS},
    query::{AuditCursor, AuditPage, AuditQuery},
    record::{AuditLevel, AuditRecord},
};
