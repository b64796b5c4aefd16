//! A repository's page.

use axum::{extract::Path, response::Response};
use tower_sso::SsoPass;

use crate::{
    pages::{self, Page},
    visit::Visit,
};

pub(super) async fn page(
    mut visit: Visit,
    pass: SsoPass,
    Path((org, repo)): Path<(String, String)>,
) -> Result<Page, Response> {
    let here = visit.enter(&org, pass).await?;
    match here.organization.find(&repo, visit.account()) {
        Some(repository) => Ok(pages::repository(&visit, &here, repository)),
        None => Err(visit.not_found()),
    }
}
