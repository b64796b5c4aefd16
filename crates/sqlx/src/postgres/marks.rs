//! The marks of revocations, the revision and the floor.

use std::time::SystemTime;

use sqlx::{PgConnection, PgPool};
use tower_sso_core::{
    LookupError,
    session::{Revision, RevocationScope, SsoSession},
    store::Revocation,
};

use crate::{
    common::{
        places::{place, places},
        time::millis,
    },
    postgres::errors::lookup_error,
};

/// How many expired rows of each kind one write drops.
pub(crate) const SWEEP: u32 = 16;

/// Returns the revision at which a login begins now, or began at the provider.
pub(crate) async fn revision(pool: &PgPool, since: Option<SystemTime>) -> Result<Revision, LookupError> {
    // One statement, and therefore one state of the database.
    let query = sqlx::query_scalar(
        "select case
            when $1 is null then revision
            when dropped_at >= $1 then 0
            else coalesce((select min(revision) - 1 from tower_sso.marks where at >= $1), revision)
        end from tower_sso.state",
    );
    let number: i64 =
        query.bind(since.map(millis)).fetch_one(pool).await.map_err(|error| lookup_error(&error))?;
    Ok(Revision::new(u64::try_from(number)?))
}

/// Returns whether a revocation that covers the session came after it began, or may have come.
pub(crate) async fn refuse(reading: &mut PgConnection, session: &SsoSession) -> Result<bool, LookupError> {
    let begun = i64::try_from(session.revision.get()).unwrap_or(i64::MAX);
    let [one, two, three, four, five] = places(session);
    let query = sqlx::query_as(
        "select floor, scope from tower_sso.state left join tower_sso.marks
            on tower_sso.marks.revision > $1 and place in ($2, $3, $4, $5, $6)",
    );
    let query = query.bind(begun).bind(one).bind(two).bind(three).bind(four).bind(five);
    let rows: Vec<(i64, Option<String>)> =
        query.fetch_all(&mut *reading).await.map_err(|error| lookup_error(&error))?;
    // The row of the state is always there.
    if rows.is_empty() {
        return Err(LookupError::new("the PostgreSQL database is damaged: tower_sso.state is empty"));
    }
    for (floor, scope) in rows {
        if begun < floor {
            return Ok(true);
        }
        let Some(scope) = scope else { continue };
        if serde_json::from_str::<RevocationScope>(&scope)?.covers(session) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Raises the revision, and leaves a mark. A mark of the same scope is replaced by one that refuses what either would
/// refuse.
pub(crate) async fn leave(writing: &mut PgConnection, revocation: &Revocation) -> Result<(), LookupError> {
    let query = sqlx::query_scalar("update tower_sso.state set revision = revision + 1 returning revision");
    let revision: i64 = query.fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let Some(place) = place(&revocation.scope)? else {
        // A scope that covers nothing needs no mark.
        return Ok(());
    };
    let scope = serde_json::to_string(&revocation.scope)?;
    let earlier = sqlx::query_as(
        "delete from tower_sso.marks where place = $1 and scope = $2 returning at, mark_until",
    );
    let earlier: Option<(i64, i64)> = earlier
        .bind(&place)
        .bind(&scope)
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let (at, mark_until) = (millis(revocation.at), millis(revocation.mark_until));
    let (at, mark_until) = earlier.map_or((at, mark_until), |it| (at.max(it.0), mark_until.max(it.1)));
    let query = sqlx::query(
        "insert into tower_sso.marks (revision, place, scope, at, mark_until) values ($1, $2, $3, $4, $5)",
    );
    let query = query.bind(revision).bind(place).bind(scope).bind(at).bind(mark_until);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(())
}

/// Drops expired marks, at most so many, and raises the floor. Returns how many were dropped.
pub(crate) async fn sweep(
    writing: &mut PgConnection,
    now: SystemTime,
    most: u32,
) -> Result<u64, LookupError> {
    let query = sqlx::query_as(
        "delete from tower_sso.marks where revision in
            (select revision from tower_sso.marks where mark_until <= $1 order by mark_until limit $2
                for update skip locked)
            returning revision, at",
    );
    let query = query.bind(millis(now)).bind(i64::from(most));
    let dropped: Vec<(i64, i64)> =
        query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let highest = dropped.iter().map(|(revision, _)| *revision).max();
    if let (Some(floor), Some(at)) = (highest, dropped.iter().map(|(_, at)| *at).max()) {
        let query = sqlx::query(
            "update tower_sso.state set floor = greatest(floor, $1), dropped_at = greatest(coalesce(dropped_at, 0), $2)",
        );
        query.bind(floor).bind(at).execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    }
    Ok(dropped.len() as u64)
}
