//! The audit log.

use std::{collections::BTreeSet, time::SystemTime};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use tower_sso_core::{
    LookupError,
    audit::{AuditCursor, AuditPage, AuditQuery, AuditRecord, ORGANIZATION_EVENTS},
};

use crate::{
    common::{records::read_audit, time::millis},
    sqlite::errors::lookup_error,
};

/// The maximum number of records in a page.
const PAGE: usize = 1000;

pub(crate) async fn append(
    writing: &mut SqliteConnection,
    records: &[AuditRecord],
) -> Result<(), LookupError> {
    for record in records {
        let query = sqlx::query(
            "insert into tower_sso_audit (organization, account, name, reference, at, record)
                values (?, ?, ?, ?, ?, ?)",
        );
        let query = query
            .bind(record.organization.as_ref().map(|it| it.as_str()))
            .bind(record.account.as_ref().map(|it| it.as_str()))
            .bind(&record.name)
            .bind(&record.reference)
            .bind(millis(record.at))
            .bind(serde_json::to_string(record)?);
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    }
    let organizations: BTreeSet<_> = records.iter().map(|record| record.organization.as_ref()).collect();
    for organization in organizations {
        drop_beyond_budget(writing, organization.map(|it| it.as_str())).await?;
    }
    Ok(())
}

async fn drop_beyond_budget(
    writing: &mut SqliteConnection,
    organization: Option<&str>,
) -> Result<(), LookupError> {
    let query = sqlx::query_scalar("select records from tower_sso_audit_usage where organization = ?");
    let found: Option<i64> = query
        .bind(organization.unwrap_or_default())
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let beyond = found.unwrap_or_default() - i64::try_from(ORGANIZATION_EVENTS)?;
    if beyond <= 0 {
        return Ok(());
    }
    let query = sqlx::query(
        "delete from tower_sso_audit where serial in
            (select serial from tower_sso_audit where organization is ? order by serial limit ?)",
    );
    let dropped = query.bind(organization).bind(beyond).execute(&mut *writing).await;
    dropped.map(drop).map_err(|error| lookup_error(&error))
}

pub(crate) async fn query(pool: &SqlitePool, query: &AuditQuery) -> Result<AuditPage, LookupError> {
    let before = match &query.after {
        None => i64::MAX,
        // No record has a lower number. Therefore a cursor that this log did not return gives an empty page.
        Some(cursor) => cursor.as_str().parse().unwrap_or(0),
    };
    let limit = query.limit.clamp(1, PAGE);
    let mut sql = QueryBuilder::<Sqlite>::new("select serial, record from tower_sso_audit where serial < ");
    sql.push_bind(before);
    if let Some(organization) = &query.organization {
        sql.push(" and organization = ").push_bind(organization.as_str());
    }
    if let Some(account) = &query.account {
        sql.push(" and account = ").push_bind(account.as_str());
    }
    if let Some(reference) = &query.reference {
        sql.push(" and reference = ").push_bind(reference);
    }
    if let Some(since) = query.since {
        sql.push(" and at >= ").push_bind(millis(since));
    }
    if let Some(until) = query.until {
        sql.push(" and at < ").push_bind(millis(until));
    }
    if !query.names.is_empty() {
        sql.push(" and name in (");
        let mut names = sql.separated(", ");
        for name in &query.names {
            names.push_bind(name);
        }
        sql.push(")");
    }
    sql.push(" order by serial desc limit ").push_bind(i64::try_from(limit)? + 1);
    let rows: Vec<(i64, String)> =
        sql.build_query_as().fetch_all(pool).await.map_err(|error| lookup_error(&error))?;
    let next = rows.get(limit).and_then(|_| rows.get(limit - 1));
    let next = next.map(|(serial, _)| AuditCursor::new(serial.to_string()));
    let records = rows.iter().take(limit).map(|(_, record)| read_audit(record)).collect::<Result<_, _>>()?;
    Ok(AuditPage::new(records, next))
}

pub(crate) async fn forget(
    writing: &mut SqliteConnection,
    before: SystemTime,
    most: usize,
) -> Result<usize, LookupError> {
    let query = sqlx::query(
        "delete from tower_sso_audit where serial in (select serial from tower_sso_audit where at < ? limit ?)",
    );
    let query = query.bind(millis(before)).bind(i64::try_from(most)?);
    let dropped = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(usize::try_from(dropped.rows_affected())?)
}
