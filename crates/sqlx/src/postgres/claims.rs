//! Claims: keys that are used once, and the floor below which the store can't tell.

use std::time::SystemTime;

use sqlx::PgConnection;
use tower_sso_core::{
    LookupError, OrgId,
    store::{Claim, ClaimKind, ClaimOutcome, MAX_CLAIM, ORGANIZATION_CLAIMS},
};

use crate::{
    common::{
        records::kind_name,
        time::{millis, millis_up},
    },
    postgres::{errors::lookup_error, locks, marks::SWEEP},
};

pub(crate) async fn claim(writing: &mut PgConnection, claim: &Claim) -> Result<ClaimOutcome, LookupError> {
    locks::organization(writing, &claim.organization).await?;
    let (now, until) = (millis(claim.now), millis_up(claim.until));
    let key = &claim.key.as_bytes()[..];
    let query = sqlx::query_scalar("select until from tower_sso.claims where key = $1").bind(key);
    let held: Option<i64> =
        query.fetch_optional(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if let Some(held_until) = held {
        if now < held_until {
            return Ok(ClaimOutcome::Again);
        }
        let query = sqlx::query_as(
            "delete from tower_sso.claims where key = $1 and until <= $2 returning kind, until",
        );
        let dropped = query.bind(key).bind(now).fetch_all(&mut *writing).await;
        raise_floor(writing, &dropped.map_err(|error| lookup_error(&error))?).await?;
    }
    sweep(writing, &claim.organization, claim.now, SWEEP).await?;
    let latest = now.saturating_add(i64::try_from(MAX_CLAIM.as_millis())?);
    // A later floor comes from a clock that was wrong: no claim that can be made now has such an end.
    let query = sqlx::query_scalar("select claim_floor from tower_sso.state");
    let mut floor: Option<i64> =
        query.fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if floor.is_some_and(|floor| floor > latest) {
        let query = sqlx::query("update tower_sso.state set claim_floor = $1 where claim_floor > $1");
        query.bind(latest).execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        floor = Some(latest);
    }
    // Not in milliseconds: `until` was rounded up, and `now` down.
    let is_too_long = claim.until.duration_since(claim.now).is_ok_and(|time| time > MAX_CLAIM);
    let can_not_tell = is_too_long || floor.is_some_and(|floor| until <= floor);
    if claim.kind == ClaimKind::Replay && can_not_tell {
        return Ok(ClaimOutcome::Again);
    }
    let organization = claim.organization.as_str();
    let query = sqlx::query_scalar(
        "select count(*) from (select 1 from tower_sso.claims where organization = $1 limit $2) as theirs",
    );
    let most = i64::try_from(ORGANIZATION_CLAIMS)?;
    let used: i64 = query
        .bind(organization)
        .bind(most)
        .fetch_one(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    if used >= most {
        return Ok(ClaimOutcome::Full);
    }
    // Another node may claim the key at this moment, under another organization.
    let query = sqlx::query(
        "insert into tower_sso.claims (key, organization, kind, until) values ($1, $2, $3, $4)
            on conflict (key) do nothing",
    );
    let query = query.bind(key).bind(organization).bind(kind_name(claim.kind)).bind(until);
    let made = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(if made.rows_affected() == 1 { ClaimOutcome::First } else { ClaimOutcome::Again })
}

/// Drops expired claims of the organization, at most so many.
async fn sweep(
    writing: &mut PgConnection,
    organization: &OrgId,
    now: SystemTime,
    most: u32,
) -> Result<(), LookupError> {
    let query = sqlx::query_as(
        "delete from tower_sso.claims where key in
            (select key from tower_sso.claims where organization = $1 and until <= $2
                order by until limit $3 for update skip locked)
            returning kind, until",
    );
    let query = query.bind(organization.as_str()).bind(millis(now)).bind(i64::from(most));
    let dropped: Vec<_> = query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    raise_floor(writing, &dropped).await
}

/// Drops expired claims of all organizations, at most so many, and returns how many.
pub(crate) async fn purge(
    writing: &mut PgConnection,
    now: SystemTime,
    most: u32,
) -> Result<u64, LookupError> {
    let query = sqlx::query_as(
        "delete from tower_sso.claims where key in
            (select key from tower_sso.claims where until <= $1 limit $2 for update skip locked)
            returning kind, until",
    );
    let query = query.bind(millis(now)).bind(i64::from(most));
    let dropped: Vec<_> = query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    raise_floor(writing, &dropped).await?;
    Ok(dropped.len() as u64)
}

/// Remembers the latest end of the claims against replay that were dropped.
async fn raise_floor(writing: &mut PgConnection, dropped: &[(String, i64)]) -> Result<(), LookupError> {
    let replay = dropped.iter().filter(|(kind, _)| kind != kind_name(ClaimKind::Notice));
    let Some(until) = replay.map(|(_, until)| *until).max() else { return Ok(()) };
    let query =
        sqlx::query("update tower_sso.state set claim_floor = greatest(coalesce(claim_floor, 0), $1)");
    query.bind(until).execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(())
}
