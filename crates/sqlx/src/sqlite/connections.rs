//! Connections, with their former settings.

use sqlx::{SqliteConnection, SqlitePool};
use tower_sso_core::{
    LookupError, OrgId,
    connection::{CONNECTION_CHANGES, ConnectionRecord, SaveOutcome},
};

use crate::{
    common::{
        records::{ConnectionRow, read_connection},
        time::millis,
    },
    sqlite::errors::lookup_error,
};

pub(crate) async fn find(
    pool: &SqlitePool,
    organization: &OrgId,
) -> Result<Option<ConnectionRecord>, LookupError> {
    Ok(history(pool, organization, None, 1).await?.pop())
}

pub(crate) async fn save(
    writing: &mut SqliteConnection,
    record: &ConnectionRecord,
) -> Result<SaveOutcome, LookupError> {
    let organization = record.organization.as_str();
    let query = sqlx::query_scalar(
        "select coalesce(max(number), 0) from tower_sso_connections where organization = ?",
    );
    let newest: i64 =
        query.bind(organization).fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let Ok(number) = i64::try_from(record.number) else { return Ok(SaveOutcome::Conflict) };
    if number != newest + 1 {
        return Ok(SaveOutcome::Conflict);
    }
    let query = sqlx::query(
        "insert into tower_sso_connections (organization, number, changed_at, changed_by, sealed)
            values (?, ?, ?, ?, ?)",
    );
    let query = query
        .bind(organization)
        .bind(number)
        .bind(millis(record.changed_at))
        .bind(record.changed_by.as_ref().map(|it| it.as_str()))
        .bind(&record.sealed);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let query = sqlx::query("delete from tower_sso_connections where organization = ? and number <= ?");
    let query = query.bind(organization).bind(number - i64::try_from(CONNECTION_CHANGES)?);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(SaveOutcome::Saved)
}

pub(crate) async fn history(
    pool: &SqlitePool,
    organization: &OrgId,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<ConnectionRecord>, LookupError> {
    let query = sqlx::query_as::<_, ConnectionRow>(
        "select organization, number, changed_at, changed_by, sealed from tower_sso_connections
            where organization = ? and number < ? order by number desc limit ?",
    );
    let before = before.and_then(|it| i64::try_from(it).ok()).unwrap_or(i64::MAX);
    let query = query.bind(organization.as_str()).bind(before).bind(i64::try_from(limit)?);
    let rows = query.fetch_all(pool).await.map_err(|error| lookup_error(&error))?;
    rows.into_iter().map(read_connection).collect()
}

pub(crate) async fn list(
    pool: &SqlitePool,
    after: Option<&OrgId>,
    limit: usize,
) -> Result<Vec<ConnectionRecord>, LookupError> {
    let query = sqlx::query_as::<_, ConnectionRow>(
        "select organization, number, changed_at, changed_by, sealed from tower_sso_connections as it
            where organization > ? and not exists (select 1 from tower_sso_connections as newer
                where newer.organization = it.organization and newer.number > it.number)
            order by organization limit ?",
    );
    // No organization has the empty id.
    let query = query.bind(after.map_or("", |it| it.as_str())).bind(i64::try_from(limit)?);
    let rows = query.fetch_all(pool).await.map_err(|error| lookup_error(&error))?;
    rows.into_iter().map(read_connection).collect()
}

pub(crate) async fn reseal(
    writing: &mut SqliteConnection,
    record: &ConnectionRecord,
    sealed: &[u8],
) -> Result<bool, LookupError> {
    let Ok(number) = i64::try_from(record.number) else { return Ok(false) };
    let query = sqlx::query(
        "update tower_sso_connections set sealed = ?
            where organization = ? and number = ? and changed_at = ? and changed_by is ? and sealed = ?",
    );
    let query = query
        .bind(sealed)
        .bind(record.organization.as_str())
        .bind(number)
        .bind(millis(record.changed_at))
        .bind(record.changed_by.as_ref().map(|it| it.as_str()))
        .bind(&record.sealed);
    let changed = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(changed.rows_affected() > 0)
}
