//! Migrations: the schema `tower_sso`, its tables in steps, and the table that remembers which steps were made.

use sqlx::PgPool;

use crate::postgres::{locks, open::PostgresError};

/// The steps, in their order. A step never changes after it was released.
const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "stores", include_str!("migrations/0001_stores.sql"))];

/// Makes the steps that are missing, all in one transaction, one node at a time.
///
/// # Errors
///
/// Returns an error if the database was migrated by a later version of this crate, or is a replica.
pub(crate) async fn migrate(pool: &PgPool) -> Result<(), PostgresError> {
    let in_recovery: bool = sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(pool).await?;
    if in_recovery {
        return Err(PostgresError::Replica);
    }
    let mut transaction = pool.begin().await?;
    locks::migrations(&mut transaction).await?;
    // Not `create … if not exists` at once: the user of a database that is ready may not be allowed to create anything.
    let exists: bool = sqlx::query_scalar("select to_regclass('tower_sso.migrations') is not null")
        .fetch_one(&mut *transaction)
        .await?;
    if !exists {
        sqlx::raw_sql(
            "create schema if not exists tower_sso;
            create table tower_sso.migrations (
                version bigint primary key, name text not null, applied_at timestamptz not null default now()
            );",
        )
        .execute(&mut *transaction)
        .await?;
    }
    let found: i64 = sqlx::query_scalar("select coalesce(max(version), 0) from tower_sso.migrations")
        .fetch_one(&mut *transaction)
        .await?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(PostgresError::Newer { found, known });
    }
    for (version, name, sql) in MIGRATIONS.into_iter().filter(|(version, ..)| *version > found) {
        sqlx::raw_sql(sql).execute(&mut *transaction).await?;
        let noted = sqlx::query("insert into tower_sso.migrations (version, name) values ($1, $2)");
        noted.bind(version).bind(name).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}
