//! Join links.

use sqlx::{PgConnection, PgPool};
use tower_sso_core::{
    JoinLinkId, LookupError, OrgId,
    store::{AddOutcome, JoinLink, ORGANIZATION_JOIN_LINKS},
};

use crate::{
    common::records::read_join_link,
    postgres::{errors::lookup_error, locks},
};

pub(crate) async fn add(writing: &mut PgConnection, link: &JoinLink) -> Result<AddOutcome, LookupError> {
    locks::organization(writing, &link.organization).await?;
    let organization = link.organization.as_str();
    let query = sqlx::query_scalar("select count(*) from tower_sso.join_links where organization = $1");
    let theirs: i64 =
        query.bind(organization).fetch_one(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    if theirs >= i64::try_from(ORGANIZATION_JOIN_LINKS)? {
        return Ok(AddOutcome::Full);
    }
    let query = sqlx::query(
        "insert into tower_sso.join_links (organization, id, record, uses) values ($1, $2, $3, $4)",
    );
    let query = query
        .bind(organization)
        .bind(link.id.as_str())
        .bind(serde_json::to_string(link)?)
        .bind(i64::try_from(link.uses)?);
    query.execute(&mut *writing).await.map_err(|error| lookup_error(&error))?;
    Ok(AddOutcome::Kept)
}

pub(crate) async fn find(
    pool: &PgPool,
    organization: &OrgId,
    id: &JoinLinkId,
) -> Result<Option<JoinLink>, LookupError> {
    let query =
        sqlx::query_as("select record, uses from tower_sso.join_links where organization = $1 and id = $2");
    let found = query.bind(organization.as_str()).bind(id.as_str()).fetch_optional(pool).await;
    found.map_err(|error| lookup_error(&error))?.map(read_join_link).transpose()
}

pub(crate) async fn list(pool: &PgPool, organization: &OrgId) -> Result<Vec<JoinLink>, LookupError> {
    let query = sqlx::query_as(
        "select record, uses from tower_sso.join_links where organization = $1 order by serial desc",
    );
    let found: Vec<_> =
        query.bind(organization.as_str()).fetch_all(pool).await.map_err(|error| lookup_error(&error))?;
    found.into_iter().map(read_join_link).collect()
}

pub(crate) async fn count(
    writing: &mut PgConnection,
    organization: &OrgId,
    id: &JoinLinkId,
) -> Result<bool, LookupError> {
    let query =
        sqlx::query("update tower_sso.join_links set uses = uses + 1 where organization = $1 and id = $2");
    let counted = query.bind(organization.as_str()).bind(id.as_str()).execute(&mut *writing).await;
    Ok(counted.map_err(|error| lookup_error(&error))?.rows_affected() > 0)
}

pub(crate) async fn remove(
    writing: &mut PgConnection,
    organization: &OrgId,
    id: &JoinLinkId,
) -> Result<bool, LookupError> {
    let query = sqlx::query("delete from tower_sso.join_links where organization = $1 and id = $2");
    let removed = query.bind(organization.as_str()).bind(id.as_str()).execute(&mut *writing).await;
    Ok(removed.map_err(|error| lookup_error(&error))?.rows_affected() > 0)
}
