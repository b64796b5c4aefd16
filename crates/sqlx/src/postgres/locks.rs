//! The advisory locks. Each is held until its transaction ends.
//!
//! A transaction takes them in the order of this file, at most one of each kind, and before it changes a row. Therefore no
//! two transactions wait for each other.

use sqlx::PgConnection;
use tower_sso_core::{AccountId, LookupError, OrgId};

use crate::postgres::errors::lookup_error;

/// The kinds. Other apps may use advisory locks with other numbers in the same database.
const REVOCATIONS: i32 = 0x7353_0001;
const ORGANIZATION: i32 = 0x7353_0002;
const ACCOUNT: i32 = 0x7353_0003;
const AUDIT: i32 = 0x7353_0004;
const MIGRATIONS: i32 = 0x7353_0005;

/// Held while the tables are migrated.
pub(crate) async fn migrations(writing: &mut PgConnection) -> Result<(), sqlx::Error> {
    let query = sqlx::query("select pg_advisory_xact_lock($1, 0)").bind(MIGRATIONS);
    query.execute(writing).await.map(drop)
}

/// An insert of a session: many at a time, and none while a revocation runs.
pub(crate) async fn inserts(writing: &mut PgConnection) -> Result<(), LookupError> {
    let query = sqlx::query("select pg_advisory_xact_lock_shared($1, 0)").bind(REVOCATIONS);
    query.execute(writing).await.map(drop).map_err(|error| lookup_error(&error))
}

/// A revocation: one at a time.
pub(crate) async fn revocations(writing: &mut PgConnection) -> Result<(), LookupError> {
    let query = sqlx::query("select pg_advisory_xact_lock($1, 0)").bind(REVOCATIONS);
    query.execute(writing).await.map(drop).map_err(|error| lookup_error(&error))
}

/// What counts toward a budget of an organization, or must be unique in it.
pub(crate) async fn organization(
    writing: &mut PgConnection,
    organization: &OrgId,
) -> Result<(), LookupError> {
    named(writing, ORGANIZATION, organization.as_str()).await
}

/// What counts toward a budget of an account.
pub(crate) async fn account(writing: &mut PgConnection, account: &AccountId) -> Result<(), LookupError> {
    named(writing, ACCOUNT, account.as_str()).await
}

/// The audit log: records are appended one batch after another, so that their order is that of their numbers.
pub(crate) async fn audit(writing: &mut PgConnection) -> Result<(), LookupError> {
    named(writing, AUDIT, "").await
}

async fn named(writing: &mut PgConnection, kind: i32, name: &str) -> Result<(), LookupError> {
    // Two names with one hash only wait for each other.
    let query = sqlx::query("select pg_advisory_xact_lock($1, hashtext($2))").bind(kind).bind(name);
    query.execute(writing).await.map(drop).map_err(|error| lookup_error(&error))
}
