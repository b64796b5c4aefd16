//! Claims: keys that are used once, and the floor below which the store can't tell.

use std::time::SystemTime;

use sqlx::SqliteConnection;
use tower_sso_core::{
    LookupError,
    store::{Claim, ClaimKind, ClaimOutcome, MAX_CLAIM, ORGANIZATION_CLAIMS},
};

use crate::{
    common::{
        records::kind_name,
        time::{millis, millis_up},
    },
    sqlite::{errors::lookup_error, marks::SWEEP},
};

pub(crate) async fn claim(
    writing: &mut SqliteConnection,
    claim: &Claim,
) -> Result<ClaimOutcome, LookupError> {
    let (now, until) = (millis(claim.now), millis_up(claim.until));
    let key = &claim.key.as_bytes()[..];
    let query = sqlx::query_scalar("select until from tower_sso_claims where key = ?").bind(key);
    let held: Option<i64> =
        query.fetch_optional(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if let Some(held_until) = held {
        if now < held_until {
            return Ok(ClaimOutcome::Again);
        }
        let query =
            sqlx::query_as("delete from tower_sso_claims where key = ? returning kind, until").bind(key);
        let dropped = query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        raise_floor(writing, &dropped).await?;
    }
    sweep(writing, claim.now, SWEEP).await?;
    let latest = now.saturating_add(i64::try_from(MAX_CLAIM.as_millis())?);
    // A later floor comes from a clock that was wrong: no claim that can be made now has such an end.
    let query = sqlx::query_scalar(
        "update tower_sso_state set claim_floor = min(claim_floor, ?) returning claim_floor",
    );
    let floor: Option<i64> =
        query.bind(latest).fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    // Not in milliseconds: `until` was rounded up, and `now` down.
    let is_too_long = claim.until.duration_since(claim.now).is_ok_and(|time| time > MAX_CLAIM);
    let can_not_tell = is_too_long || floor.is_some_and(|floor| until <= floor);
    if claim.kind == ClaimKind::Replay && can_not_tell {
        return Ok(ClaimOutcome::Again);
    }
    let organization = claim.organization.as_str();
    let query =
        sqlx::query_scalar("select claims from tower_sso_usage where organization = ?").bind(organization);
    let used: Option<i64> =
        query.fetch_optional(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if used.unwrap_or_default() >= i64::try_from(ORGANIZATION_CLAIMS)? {
        return Ok(ClaimOutcome::Full);
    }
    let query =
        sqlx::query("insert into tower_sso_claims (key, organization, kind, until) values (?, ?, ?, ?)");
    let query = query.bind(key).bind(organization).bind(kind_name(claim.kind)).bind(until);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(ClaimOutcome::First)
}

/// Drops expired claims, at most so many, and returns how many.
pub(crate) async fn sweep(
    writing: &mut SqliteConnection,
    now: SystemTime,
    most: u32,
) -> Result<u64, LookupError> {
    let query = sqlx::query_as(
        "delete from tower_sso_claims where key in
            (select key from tower_sso_claims where until <= ? order by until limit ?)
            returning kind, until",
    );
    let query = query.bind(millis(now)).bind(most);
    let dropped: Vec<_> = query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    raise_floor(writing, &dropped).await?;
    Ok(dropped.len() as u64)
}

/// Remembers the latest end of the claims against replay that were dropped.
async fn raise_floor(writing: &mut SqliteConnection, dropped: &[(String, i64)]) -> Result<(), LookupError> {
    let replay = dropped.iter().filter(|(kind, _)| kind != kind_name(ClaimKind::Notice));
    let Some(until) = replay.map(|(_, until)| *until).max() else { return Ok(()) };
    let query = sqlx::query("update tower_sso_state set claim_floor = max(coalesce(claim_floor, 0), ?)");
    query.bind(until).execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(())
}
