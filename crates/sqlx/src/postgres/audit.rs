//! The audit log.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use tower_sso_core::{
    LookupError,
    audit::{AuditCursor, AuditPage, AuditQuery, AuditRecord, ORGANIZATION_EVENTS},
};

use crate::{
    common::{records::read_audit, time::millis},
    postgres::{errors::lookup_error, locks},
};

/// The maximum number of records in a page.
const PAGE: usize = 1000;

pub(crate) async fn append(writing: &mut PgConnection, records: &[AuditRecord]) -> Result<(), LookupError> {
    locks::audit(writing).await?;
    for record in records {
        let query = sqlx::query(
            "insert into tower_sso.audit (organization, account, name, reference, at, record)
                values ($1, $2, $3, $4, $5, $6)",
        );
        let query = query
            .bind(record.organization.as_ref().map(|it| text(it.as_str())))
            .bind(record.account.as_ref().map(|it| text(it.as_str())))
            .bind(text(&record.name))
            .bind(text(&record.reference))
            .bind(millis(record.at))
            .bind(serde_json::to_string(record)?);
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    }
    let organizations: BTreeSet<_> = records.iter().map(|record| record.organization.as_ref()).collect();
    for organization in organizations {
        let count = records.iter().filter(|record| record.organization.as_ref() == organization).count();
        let organization = organization.map(|it| text(it.as_str()));
        let organization = organization.as_deref();
        let used = count_up(writing, organization, i64::try_from(count)?).await?;
        let beyond = used - i64::try_from(ORGANIZATION_EVENTS)?;
        if beyond > 0 {
            drop_oldest(writing, organization, beyond).await?;
        }
    }
    Ok(())
}

/// Returns a text for a column. PostgreSQL keeps no NUL in a text; the record itself has it.
fn text(value: &str) -> Cow<'_, str> {
    if value.contains('\0') { Cow::Owned(value.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(value) }
}

/// Adds to the number of an organization's records, and returns it.
async fn count_up(
    writing: &mut PgConnection,
    organization: Option<&str>,
    count: i64,
) -> Result<i64, LookupError> {
    let query = sqlx::query_scalar(
        "insert into tower_sso.audit_usage as it (organization, records) values ($1, $2)
            on conflict (organization) do update set records = it.records + excluded.records returning records",
    );
    let query = query.bind(organization.unwrap_or_default()).bind(count);
    query.fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))
}

async fn drop_oldest(
    writing: &mut PgConnection,
    organization: Option<&str>,
    count: i64,
) -> Result<(), LookupError> {
    // Not `is not distinct from`, for which PostgreSQL uses no index.
    let query = match organization {
        Some(organization) => sqlx::query(
            "delete from tower_sso.audit where serial in
                (select serial from tower_sso.audit where organization = $1 order by serial limit $2)",
        )
        .bind(organization)
        .bind(count),
        None => sqlx::query(
            "delete from tower_sso.audit where serial in
                (select serial from tower_sso.audit where organization is null order by serial limit $1)",
        )
        .bind(count),
    };
    let dropped = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    count_up(writing, organization, -i64::try_from(dropped.rows_affected())?).await.map(drop)
}

pub(crate) async fn query(pool: &PgPool, query: &AuditQuery) -> Result<AuditPage, LookupError> {
    let before = match &query.after {
        None => i64::MAX,
        // No record has a lower number. Therefore a cursor that this log did not return gives an empty page.
        Some(cursor) => cursor.as_str().parse().unwrap_or(0),
    };
    let limit = query.limit.clamp(1, PAGE);
    let mut sql = QueryBuilder::<Postgres>::new("select serial, record from tower_sso.audit where serial < ");
    sql.push_bind(before);
    if let Some(organization) = &query.organization {
        sql.push(" and organization = ").push_bind(text(organization.as_str()));
    }
    if let Some(account) = &query.account {
        sql.push(" and account = ").push_bind(text(account.as_str()));
    }
    if let Some(reference) = &query.reference {
        sql.push(" and reference = ").push_bind(text(reference));
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
            names.push_bind(text(name));
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
    writing: &mut PgConnection,
    before: SystemTime,
    most: usize,
) -> Result<usize, LookupError> {
    locks::audit(writing).await?;
    let query = sqlx::query_scalar(
        "delete from tower_sso.audit where serial in
            (select serial from tower_sso.audit where at < $1 order by at limit $2) returning organization",
    );
    let query = query.bind(millis(before)).bind(i64::try_from(most)?);
    let dropped: Vec<Option<String>> =
        query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let mut counts = BTreeMap::<_, i64>::new();
    for organization in &dropped {
        *counts.entry(organization.as_deref()).or_default() -= 1;
    }
    for (organization, count) in counts {
        count_up(writing, organization, count).await?;
    }
    Ok(dropped.len())
}
