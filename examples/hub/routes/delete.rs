//! Deleting a repository: what an administrator does only after an SSO login that is recent, or of a certain kind.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use tower_sso::{RequireError, SsoPass};

use super::sessions::administrator;
use crate::{
    pages::{self, Page},
    visit::{Visit, see_other},
};

/// Asks whether it is meant. A browser goes through the step-up on the way here.
pub(super) async fn page(
    mut visit: Visit,
    pass: SsoPass,
    Path((org, repo)): Path<(String, String)>,
) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let Some(repository) = here.organization.find(&repo, visit.account()) else {
        return Err(visit.not_found());
    };
    let (id, asked) = (&here.organization.id, &here.organization.step_up);
    visit.hub.sso.step_up(&visit.parts, id, asked).await.map_err(IntoResponse::into_response)?;
    Ok(pages::delete(&visit, &here, repository))
}

/// Deletes it. The step-up is asked for again: the page may have stood open for long.
pub(super) async fn submit(
    mut visit: Visit,
    pass: SsoPass,
    Path((org, repo)): Path<(String, String)>,
) -> Result<Response, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let Some(repository) = here.organization.find(&repo, visit.account()) else {
        return Err(visit.not_found());
    };
    let slug = &here.organization.slug;
    match visit.hub.sso.step_up(&visit.parts, &here.organization.id, &here.organization.step_up).await {
        Ok(_) => {
            repository.delete();
            Ok(see_other(&format!("/{slug}")))
        }
        // The form holds nothing that could be lost: back to the page, and from there to the SSO login.
        Err(RequireError::Challenge(_)) => Ok(see_other(&format!("/{slug}/{}/delete", repository.name))),
        Err(error @ RequireError::Unavailable(_)) => Err(error.into_response()),
    }
}
