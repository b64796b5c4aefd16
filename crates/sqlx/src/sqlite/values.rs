//! One-time values. The row of a taken value stays until the value would have expired, so that a second take can be
//! told from one of a key that never existed.

use std::time::SystemTime;

use sqlx::{SqliteConnection, SqlitePool};
use tower_sso_core::{
    Digest, LookupError,
    store::{
        ACCOUNT_BYTES, ACCOUNT_VALUES, ORGANIZATION_BYTES, ORGANIZATION_VALUES, OneTimeEntry, PutOutcome,
        TakeOutcome,
    },
};

use crate::{
    common::time::{millis, millis_up, time},
    sqlite::{errors::lookup_error, marks::SWEEP},
};

/// Stores a value. If there is no room for it, undoes what was done to make room.
pub(crate) async fn put(
    writing: &mut SqliteConnection,
    entry: &OneTimeEntry,
) -> Result<PutOutcome, LookupError> {
    sweep(writing, entry.now, SWEEP).await?;
    execute(writing, "savepoint tower_sso_put").await?;
    if make_room(writing, entry).await? {
        let query = sqlx::query(
            "insert into tower_sso_values (key, owner, account, organization, value, expires_at)
                values (?, ?, ?, ?, ?, ?)",
        );
        let query = query
            .bind(&entry.key.as_bytes()[..])
            .bind(&entry.owner.id.as_bytes()[..])
            .bind(entry.owner.account.as_ref().map(|account| account.as_str()))
            .bind(entry.owner.organization.as_str())
            .bind(&entry.value[..])
            .bind(millis_up(entry.expires_at));
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        execute(writing, "release tower_sso_put").await?;
        return Ok(PutOutcome::Kept);
    }
    execute(writing, "rollback to tower_sso_put").await?;
    Ok(PutOutcome::Full)
}

/// Drops what gives way to the value: the value under the same key, and the oldest values beyond the budgets of its
/// owner and its account. Returns whether the organization then has room.
async fn make_room(writing: &mut SqliteConnection, entry: &OneTimeEntry) -> Result<bool, LookupError> {
    let query = sqlx::query("delete from tower_sso_values where key = ?").bind(&entry.key.as_bytes()[..]);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let query = sqlx::query(
        "delete from tower_sso_values where number in
            (select number from tower_sso_values where owner = ? and value is not null
                order by number desc limit -1 offset ?)",
    );
    // No owner has as many values as the largest number of the database.
    let cap = i64::try_from(entry.owner.cap.max(1)).unwrap_or(i64::MAX);
    let query = query.bind(&entry.owner.id.as_bytes()[..]).bind(cap - 1);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if entry.owner.account.is_some() && !make_room_for_account(writing, entry).await? {
        return Ok(false);
    }
    let query = sqlx::query_as("select amount, bytes from tower_sso_usage where organization = ?");
    let used: Option<(i64, i64)> = query
        .bind(entry.owner.organization.as_str())
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let (amount, bytes) = used.unwrap_or_default();
    let bytes = bytes.saturating_add(i64::try_from(entry.value.len())?);
    Ok(amount < i64::try_from(ORGANIZATION_VALUES)? && bytes <= i64::try_from(ORGANIZATION_BYTES)?)
}

/// Drops the oldest values of the account beyond its budget. Returns whether the value fits the budget at all.
async fn make_room_for_account(
    writing: &mut SqliteConnection,
    entry: &OneTimeEntry,
) -> Result<bool, LookupError> {
    if entry.value.len() > ACCOUNT_BYTES {
        return Ok(false);
    }
    let query = sqlx::query_as(
        "select number, length(value) from tower_sso_values where account = ? and value is not null
            order by number desc",
    );
    let theirs: Vec<(i64, i64)> = query
        .bind(entry.owner.account.as_ref().map(|account| account.as_str()))
        .fetch_all(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let mut bytes = entry.value.len();
    for (index, (number, length)) in theirs.into_iter().enumerate() {
        bytes = bytes.saturating_add(usize::try_from(length)?);
        if index + 1 >= ACCOUNT_VALUES || bytes > ACCOUNT_BYTES {
            // This one and all that are older.
            let query = sqlx::query(
                "delete from tower_sso_values where account = ? and value is not null and number <= ?",
            );
            let query = query.bind(entry.owner.account.as_ref().map(|account| account.as_str())).bind(number);
            query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
            break;
        }
    }
    Ok(true)
}

/// Returns whether there is a value under this key, or was.
pub(crate) async fn is_known(pool: &SqlitePool, key: &Digest) -> Result<bool, LookupError> {
    let query = sqlx::query_scalar("select count(*) from tower_sso_values where key = ?");
    let found: i64 =
        query.bind(&key.as_bytes()[..]).fetch_one(pool).await.map_err(|error| lookup_error(&error))?;
    Ok(found > 0)
}

pub(crate) async fn take(writing: &mut SqliteConnection, key: &Digest) -> Result<TakeOutcome, LookupError> {
    let query = sqlx::query_as("select number, value, expires_at from tower_sso_values where key = ?");
    let found: Option<(i64, Option<Vec<u8>>, i64)> = query
        .bind(&key.as_bytes()[..])
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let Some((number, value, expires_at)) = found else { return Ok(TakeOutcome::Nothing) };
    let Some(value) = value else { return Ok(TakeOutcome::Again) };
    let query = sqlx::query("update tower_sso_values set value = null where number = ?").bind(number);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(TakeOutcome::Value { value, expires_at: time(expires_at) })
}

/// Drops expired values, at most so many, and returns how many.
pub(crate) async fn sweep(
    writing: &mut SqliteConnection,
    now: SystemTime,
    most: u32,
) -> Result<u64, LookupError> {
    let query = sqlx::query(
        "delete from tower_sso_values where number in
            (select number from tower_sso_values where expires_at <= ? order by expires_at limit ?)",
    );
    let dropped = query.bind(millis(now)).bind(most).execute(&mut *writing).await;
    Ok(dropped.map_err(|error| lookup_error(&error))?.rows_affected())
}

async fn execute(writing: &mut SqliteConnection, statement: &'static str) -> Result<(), LookupError> {
    sqlx::query(statement).execute(&mut *writing).await.map(drop).map_err(|error| lookup_error(&error))
}
