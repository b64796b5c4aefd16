//! Migrations: the tables of this crate, in steps, and the table that remembers which steps were made.

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::sqlite::open::OpenError;

/// The steps, in their order. A step never changes after it was released.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "stores", include_str!("migrations/0001_stores.sql")),
    (2, "connections and audit", include_str!("migrations/0002_connections_and_audit.sql")),
];

/// Makes the steps that are missing, each in a transaction of its own.
///
/// # Errors
///
/// Returns an error if the database was migrated by a later version of this crate.
pub(crate) async fn migrate(pool: &SqlitePool) -> Result<(), OpenError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query(
        "create table if not exists tower_sso_migrations (
            version integer primary key, name text not null, applied_at text not null default current_timestamp
        ) strict",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    for (version, name, sql) in MIGRATIONS {
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        let found = version_of(&mut transaction).await?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(OpenError::Newer { found, known });
        }
        if found < version {
            sqlx::raw_sql(sql).execute(&mut *transaction).await?;
            let noted = sqlx::query("insert into tower_sso_migrations (version, name) values (?, ?)");
            noted.bind(version).bind(name).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

async fn version_of(transaction: &mut Transaction<'static, Sqlite>) -> Result<i64, sqlx::Error> {
    let latest = sqlx::query_scalar("select coalesce(max(version), 0) from tower_sso_migrations");
    latest.fetch_one(&mut **transaction).await
}
