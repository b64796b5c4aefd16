//! Deletes a repository. An administrator needs a step-up: an SSO login that is recent enough, or with a certain
//! context class.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use tower_sso::{RequireError, SsoPass};

use super::sessions::administrator;
use crate::{
    pages::{self, Page},
    visit::{Visit, see_other, unavailable},
};

/// Shows the confirmation page. Requesting it requires the step-up.
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

/// Deletes the repository. Requires the step-up again, because the page may have been open for a long time.
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
            visit.hub.model.delete(repository).await.map_err(|error| {
                tracing::error!(%error, "deleting a repository");
                unavailable()
            })?;
            Ok(see_other(&format!("/{slug}")))
        }
        // The form contains nothing that could be lost. Redirects to the page, which redirects to the SSO login.
        Err(RequireError::Challenge(_)) => Ok(see_other(&format!("/{slug}/{}/delete", repository.name))),
        Err(error) => Err(error.into_response()),
    }
}
