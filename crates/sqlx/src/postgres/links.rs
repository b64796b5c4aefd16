//! Account links.

use sqlx::{PgConnection, PgPool};
use tower_sso_core::{
    AccountId, LookupError, OrgId,
    session::SessionId,
    store::{Link, LinkOutcome, LinkScope},
};

use crate::postgres::{errors::lookup_error, locks};

pub(crate) async fn link(
    writing: &mut PgConnection,
    link: &Link,
    login: &SessionId,
) -> Result<LinkOutcome, LookupError> {
    locks::organization(writing, &link.organization).await?;
    let (organization, account) = (link.organization.as_str(), link.account.as_str());
    let query = sqlx::query_as(
        "select provider, within, subject from tower_sso.links where organization = $1 and account = $2",
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
            sqlx::query("update tower_sso.links set login = $1 where organization = $2 and account = $3");
        let query = query.bind(login.as_str()).bind(organization).bind(account);
        query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
        return Ok(LinkOutcome::Same);
    }
    let query = sqlx::query_scalar(
        "select count(*) from tower_sso.links
            where organization = $1 and provider = $2 and within = $3 and subject = $4",
    );
    let query = query.bind(organization).bind(&link.scope.0).bind(&link.scope.1).bind(&link.subject);
    let others: i64 = query.fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if others > 0 {
        return Ok(LinkOutcome::OtherAccount);
    }
    let query = sqlx::query(
        "insert into tower_sso.links (organization, account, provider, within, subject, login)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (organization, account) do update
            set provider = excluded.provider, within = excluded.within, subject = excluded.subject, login = excluded.login",
    );
    let query = query.bind(organization).bind(account).bind(&link.scope.0).bind(&link.scope.1);
    let query = query.bind(&link.subject).bind(login.as_str());
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(if replaced { LinkOutcome::Replaced } else { LinkOutcome::New })
}

pub(crate) async fn undo(
    writing: &mut PgConnection,
    link: &Link,
    login: &SessionId,
) -> Result<bool, LookupError> {
    let query = sqlx::query(
        "delete from tower_sso.links where organization = $1 and account = $2 and provider = $3 and within = $4
            and subject = $5 and login = $6",
    );
    let query = query.bind(link.organization.as_str()).bind(link.account.as_str());
    let query = query.bind(&link.scope.0).bind(&link.scope.1).bind(&link.subject).bind(login.as_str());
    let removed = query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(removed.rows_affected() > 0)
}

pub(crate) async fn find(
    pool: &PgPool,
    organization: &OrgId,
    account: &AccountId,
) -> Result<Option<Link>, LookupError> {
    let query = sqlx::query_as(
        "select provider, within, subject from tower_sso.links where organization = $1 and account = $2",
    );
    let query = query.bind(organization.as_str()).bind(account.as_str());
    let found: Option<(String, String, String)> =
        query.fetch_optional(pool).await.map_err(|error| lookup_error(&error))?;
    Ok(found.map(|(provider, within, subject)| {
        Link::new(organization.clone(), account.clone(), LinkScope(provider, within), subject)
    }))
}

pub(crate) async fn unlink(
    writing: &mut PgConnection,
    organization: &OrgId,
    account: &AccountId,
) -> Result<bool, LookupError> {
    let query = sqlx::query("delete from tower_sso.links where organization = $1 and account = $2");
    let removed = query.bind(organization.as_str()).bind(account.as_str()).execute(&mut *writing).await;
    Ok(removed.map_err(|error| lookup_error(&error))?.rows_affected() > 0)
}
