//! Account links.

use sqlx::{SqliteConnection, SqlitePool};
use tower_sso_core::{
    AccountId, LookupError, OrgId,
    session::SessionId,
    store::{Link, LinkOutcome, LinkScope},
};

use crate::sqlite::errors::lookup_error;

pub(crate) async fn link(
    writing: &mut SqliteConnection,
    link: &Link,
    login: &SessionId,
) -> Result<LinkOutcome, LookupError> {
    let (organization, account) = (link.organization.as_str(), link.account.as_str());
    let query = sqlx::query_as(
        "select provider, within, subject from tower_sso_links where organization = ? and account = ?",
    );
    let held: Option<(String, String, String)> = query
        .bind(organization)
        .bind(account)
        .fetch_optional(&mut *writing)
        .await
        .map_err(|error| lookup_error(&error))?;
    let replaced = held.is_some();
    if let Some((provider, within, subject)) = held
        && LinkScope(provider, within) == link.scope
    {
        if subject != link.subject {
            return Ok(LinkOutcome::OtherSubject);
        }
        let query =
            sqlx::query("update tower_sso_links set login = ? where organization = ? and account = ?");
        let query = query.bind(login.as_str()).bind(organization).bind(account);
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        return Ok(LinkOutcome::Same);
    }
    let query = sqlx::query_scalar(
        "select count(*) from tower_sso_links
            where organization = ? and provider = ? and within = ? and subject = ?",
    );
    let query = query.bind(organization).bind(&link.scope.0).bind(&link.scope.1).bind(&link.subject);
    let others: i64 = query.fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if others > 0 {
        return Ok(LinkOutcome::OtherAccount);
    }
    let query = sqlx::query(
        "insert into tower_sso_links (organization, account, provider, within, subject, login)
            values (?, ?, ?, ?, ?, ?)
            on conflict (organization, account) do update
            set provider = excluded.provider, within = excluded.within, subject = excluded.subject, login = excluded.login",
    );
    let query = query.bind(organization).bind(account).bind(&link.scope.0).bind(&link.scope.1);
    let query = query.bind(&link.subject).bind(login.as_str());
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(if replaced { LinkOutcome::Replaced } else { LinkOutcome::New })
}

pub(crate) async fn undo(
    writing: &mut SqliteConnection,
    link: &Link,
    login: &SessionId,
) -> Result<bool, LookupError> {
    let query = sqlx::query(
        "delete from tower_sso_links where organization = ? and account = ? and provider = ? and within = ?
            and subject = ? and login = ?",
    );
    let query = query.bind(link.organization.as_str()).bind(link.account.as_str());
    let query = query.bind(&link.scope.0).bind(&link.scope.1).bind(&link.subject).bind(login.as_str());
    let removed = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(removed.rows_affected() > 0)
}

pub(crate) async fn find(
    pool: &SqlitePool,
    organization: &OrgId,
    account: &AccountId,
) -> Result<Option<Link>, LookupError> {
    let query = sqlx::query_as(
        "select provider, within, subject from tower_sso_links where organization = ? and account = ?",
    );
    let query = query.bind(organization.as_str()).bind(account.as_str());
    let found: Option<(String, String, String)> =
        query.fetch_optional(pool).await.map_err(|error| lookup_error(&error))?;
    Ok(found.map(|(provider, within, subject)| {
        Link::new(organization.clone(), account.clone(), LinkScope(provider, within), subject)
    }))
}

pub(crate) async fn unlink(
    writing: &mut SqliteConnection,
    organization: &OrgId,
    account: &AccountId,
) -> Result<bool, LookupError> {
    let query = sqlx::query("delete from tower_sso_links where organization = ? and account = ?");
    let removed = query.bind(organization.as_str()).bind(account.as_str()).execute(&mut *writing).await;
    Ok(removed.map_err(|error| lookup_error(&error))?.rows_affected() > 0)
}
