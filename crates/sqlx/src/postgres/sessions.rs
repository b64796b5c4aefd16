//! SSO sessions: insert, find and revoke.

use std::{sync::Arc, time::SystemTime};

use sqlx::{PgConnection, PgPool};
use tower_sso_core::{
    LookupError,
    session::{RevocationScope, SsoSession},
    store::{InsertOutcome, MEMBER_SESSIONS, Revocation, RevokeOutcome, SessionKey},
};

use crate::{
    common::{places::place, records::read_session, time::millis},
    postgres::{
        errors::lookup_error,
        locks,
        marks::{self, SWEEP},
    },
};

pub(crate) async fn insert(
    writing: &mut PgConnection,
    session: &SsoSession,
) -> Result<InsertOutcome, LookupError> {
    locks::inserts(writing).await?;
    locks::organization(writing, &session.organization).await?;
    if marks::refuse(writing, session).await? {
        return Ok(InsertOutcome::Revoked);
    }
    // The SSO login began at this time or earlier. Therefore nothing is dropped too early.
    marks::sweep(writing, session.begun_at, SWEEP).await?;
    sweep(writing, session.begun_at, SWEEP).await?;
    let query = sqlx::query(
        "insert into tower_sso.sessions
            (id, credential_kind, credential, organization, account, subject, idp_session, expires_at, record)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let query = query
        .bind(session.id.as_str())
        .bind(session.credential.kind.as_str())
        .bind(session.credential.id.as_str())
        .bind(session.organization.as_str())
        .bind(session.account.as_str())
        .bind(&session.subject)
        .bind(&session.idp_session)
        .bind(millis(session.expires_at))
        .bind(serde_json::to_string(session)?);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    let query = sqlx::query(
        "delete from tower_sso.sessions where serial in
            (select serial from tower_sso.sessions where account = $1 and organization = $2
                order by serial desc offset $3)",
    );
    let query = query
        .bind(session.account.as_str())
        .bind(session.organization.as_str())
        .bind(i64::try_from(MEMBER_SESSIONS)?);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(InsertOutcome::Stored)
}

pub(crate) async fn find(pool: &PgPool, key: SessionKey<'_>) -> Result<Option<Arc<SsoSession>>, LookupError> {
    let query = sqlx::query_scalar(
        "select record from tower_sso.sessions
            where credential = $1 and credential_kind = $2 and organization = $3 and account = $4
            order by serial desc limit 1",
    );
    let query = query
        .bind(key.credential.id.as_str())
        .bind(key.credential.kind.as_str())
        .bind(key.organization.as_str())
        .bind(key.account.as_str());
    let found: Option<String> = query.fetch_optional(pool).await.map_err(|error| lookup_error(&error))?;
    found.map(|record| read_session(&record)).transpose()
}

/// Ends the sessions in a scope, and leaves the mark.
pub(crate) async fn revoke(
    writing: &mut PgConnection,
    revocation: &Revocation,
) -> Result<RevokeOutcome, LookupError> {
    let scope = &revocation.scope;
    // Before anything is written: an unknown scope is an error.
    place(scope)?;
    locks::revocations(writing).await?;
    marks::sweep(writing, revocation.at, SWEEP).await?;
    marks::leave(writing, revocation).await?;
    if let RevocationScope::Organization(organization) = scope {
        // One statement, which reads no record: an organization may have so many sessions that the lookup timeout would
        // end this call, again each time, if they were read and removed one by one.
        let query = sqlx::query("delete from tower_sso.sessions where organization = $1");
        let ended = query.bind(organization.as_str()).execute(&mut *writing).await;
        let ended = ended.map_err(|error| lookup_error(&error))?.rows_affected();
        return Ok(RevokeOutcome::new(usize::try_from(ended)?, Vec::new()));
    }
    let mut outcome = RevokeOutcome::default();
    for (serial, record) in candidates(writing, scope).await? {
        let session = read_session(&record)?;
        if !scope.covers(&session) {
            continue;
        }
        let query = sqlx::query("delete from tower_sso.sessions where serial = $1").bind(serial);
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        outcome.count += 1;
        if scope.names_sessions() {
            outcome.sessions.push(session);
        }
    }
    Ok(outcome)
}

/// Returns the sessions that an index finds for a scope. `covers` decides about each.
async fn candidates(
    writing: &mut PgConnection,
    scope: &RevocationScope,
) -> Result<Vec<(i64, String)>, LookupError> {
    let query = match scope {
        RevocationScope::Credential(credential)
        | RevocationScope::AccountCredential { credential, .. }
        | RevocationScope::Session { credential, .. } => {
            let query = sqlx::query_as(
                "select serial, record from tower_sso.sessions where credential = $1 and credential_kind = $2",
            );
            query.bind(credential.id.as_str()).bind(credential.kind.as_str())
        }
        RevocationScope::Account(account)
        | RevocationScope::Member(_, account)
        | RevocationScope::OtherEmails { account, .. } => {
            sqlx::query_as("select serial, record from tower_sso.sessions where account = $1")
                .bind(account.as_str())
        }
        RevocationScope::Idp { organization, idp_session: Some(id), .. } => sqlx::query_as(
            "select serial, record from tower_sso.sessions where organization = $1 and idp_session = $2",
        )
        .bind(organization.as_str())
        .bind(id),
        RevocationScope::Idp { organization, subject: Some(subject), .. } => sqlx::query_as(
            "select serial, record from tower_sso.sessions where organization = $1 and subject = $2",
        )
        .bind(organization.as_str())
        .bind(subject),
        // Covers nothing.
        RevocationScope::Idp { .. } => return Ok(Vec::new()),
        // `revoke` ends those of an organization without reading them, and refuses a scope that it does not know.
        RevocationScope::Organization(_) | _ => {
            return Err(LookupError::new(format!("found a scope without an index: {}", scope.name())));
        }
    };
    query.fetch_all(&mut *writing).await.map_err(|error| lookup_error(&error))
}

/// Drops expired sessions, at most so many, and returns how many.
pub(crate) async fn sweep(
    writing: &mut PgConnection,
    now: SystemTime,
    most: u32,
) -> Result<u64, LookupError> {
    let query = sqlx::query(
        "delete from tower_sso.sessions where serial in
            (select serial from tower_sso.sessions where expires_at <= $1 order by expires_at limit $2
                for update skip locked)",
    );
    let dropped = query.bind(millis(now)).bind(i64::from(most)).execute(&mut *writing).await;
    Ok(dropped.map_err(|error| lookup_error(&error))?.rows_affected())
}
