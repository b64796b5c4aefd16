//! An organization's members, for its administrators.

use axum::{Form, extract::Path, response::Response};
use serde::Deserialize;
use tower_sso::SsoPass;

use super::sessions::{administrator, failed};
use crate::visit::{Visit, see_other};

#[derive(Deserialize)]
pub(super) struct Whom {
    account: String,
}

/// Removes an account link and ends the account's SSO sessions. The next SSO login links the account again.
pub(super) async fn unlink(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    Form(form): Form<Whom>,
) -> Result<Response, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let (user, _) = visit.in_browser().ok_or_else(|| visit.not_found())?;
    let account = form.account.into();
    let unlinked = visit.hub.sso.unlink(&here.organization.id, &account);
    visit.acting(&user.id).run(unlinked).await.map_err(failed)?;
    Ok(see_other(&format!("/{}", here.organization.slug)))
}
