//! Lists of SSO sessions, in pages. The cursor is the serial number of the last session of a page.

use sqlx::SqlitePool;
use tower_sso_core::{
    LookupError,
    session::{SessionCursor, SessionPage, SessionsOf},
    store::SessionList,
};

use crate::{common::records::read_session, sqlite::errors::lookup_error};

/// The maximum number of sessions in a page.
const PAGE: usize = 1000;

macro_rules! query {
    ($where:literal) => {
        sqlx::query_as(concat!(
            "select serial, record from tower_sso_sessions as it where ",
            $where,
            " and serial < ?3 and not exists (select 1 from tower_sso_sessions as newer
                where newer.credential = it.credential and newer.credential_kind = it.credential_kind
                and newer.organization = it.organization and newer.account = it.account
                and newer.serial > it.serial)
            order by serial desc limit ?4"
        ))
    };
}

/// Returns a page.
pub(crate) async fn page(pool: &SqlitePool, list: &SessionList) -> Result<SessionPage, LookupError> {
    let before = match &list.after {
        None => i64::MAX,
        // No session has a lower number. Therefore a cursor that this store did not return gives an empty page.
        Some(cursor) => cursor.as_str().parse().unwrap_or(0),
    };
    let limit = list.limit.clamp(1, PAGE);
    let query = match &list.of {
        SessionsOf::Session(id) => query!("id = ?1 and ?2 is null").bind(id.as_str()).bind(None::<&str>),
        SessionsOf::Account(account) => {
            query!("account = ?1 and ?2 is null").bind(account.as_str()).bind(None::<&str>)
        }
        SessionsOf::Member(organization, account) => query!("account = ?1 and organization = ?2")
            .bind(account.as_str())
            .bind(Some(organization.as_str())),
        SessionsOf::Organization(organization) => {
            query!("organization = ?1 and ?2 is null").bind(organization.as_str()).bind(None::<&str>)
        }
        SessionsOf::Subject(organization, subject) => query!("organization = ?1 and subject = ?2")
            .bind(organization.as_str())
            .bind(Some(subject.as_str())),
        SessionsOf::IdpSession(organization, id) => query!("organization = ?1 and idp_session = ?2")
            .bind(organization.as_str())
            .bind(Some(id.as_str())),
        _ => return Err(LookupError::new("found a kind of list that this store does not know")),
    };
    let query = query.bind(before).bind(i64::try_from(limit)? + 1);
    let rows: Vec<(i64, String)> = query.fetch_all(pool).await.map_err(|error| lookup_error(&error))?;
    let next = rows.get(limit).and_then(|_| rows.get(limit - 1));
    let next = next.map(|(serial, _)| SessionCursor::new(serial.to_string()));
    let sessions =
        rows.iter().take(limit).map(|(_, record)| read_session(record)).collect::<Result<_, _>>()?;
    Ok(SessionPage::new(sessions, next))
}
