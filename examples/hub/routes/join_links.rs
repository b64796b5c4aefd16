//! An organization's join links, for its administrators.

use axum::{Form, extract::Path, response::Response};
use serde::Deserialize;
use tower_sso::{ReturnPath, Secret, SsoPass, join::JoinLinkId, login::LoginErrorKind};

use super::sessions::{administrator, failed};
use crate::{
    pages::{self, Page},
    visit::{Here, Visit, see_other, unavailable},
};

#[derive(Deserialize)]
pub(super) struct Old {
    link: String,
}

pub(super) async fn page(mut visit: Visit, pass: SsoPass, Path(org): Path<String>) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    show(&visit, &here, None, None).await
}

async fn show(
    visit: &Visit,
    here: &Here,
    made: Option<&Secret<String>>,
    problem: Option<&str>,
) -> Result<Page, Response> {
    let links = visit.hub.sso.join_links(&here.organization.id).await.map_err(failed)?;
    Ok(pages::join_links(visit, here, &links, made, problem))
}

/// Creates a link. Its address is shown only on the page in this response.
pub(super) async fn make(mut visit: Visit, pass: SsoPass, Path(org): Path<String>) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let Some((user, _)) = visit.in_browser() else { return Err(visit.not_found()) };
    let back = ReturnPath::parse(&format!("/{}", here.organization.slug)).unwrap_or_else(ReturnPath::root);
    let made = visit.hub.sso.create_join_link(&here.organization.id, &user.id, &back);
    let made = visit.acting(&user.id).run(made).await;
    match made {
        Ok(made) => show(&visit, &here, Some(&made.address), None).await,
        Err(error) => {
            let known = [
                (LoginErrorKind::EmailDomainRefused, "The connection needs a list of email domains first."),
                (LoginErrorKind::StoreFull, "There are too many. Revoke one first."),
                (LoginErrorKind::NoConnection, "There is no single sign-on here."),
            ];
            let Some((_, problem)) = known.into_iter().find(|(kind, _)| *kind == error.kind()) else {
                tracing::error!(%error, "making a join link");
                return Err(unavailable());
            };
            show(&visit, &here, None, Some(problem)).await
        }
    }
}

/// Removes a link. Nobody can join by it any more, including users who have already followed it.
pub(super) async fn revoke(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    Form(form): Form<Old>,
) -> Result<Response, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let Some((user, _)) = visit.in_browser() else { return Err(visit.not_found()) };
    let id = JoinLinkId::new(&form.link);
    let revoked = visit.hub.sso.revoke_join_link(&here.organization.id, &user.id, &id);
    visit.acting(&user.id).run(revoked).await.map_err(failed)?;
    Ok(see_other(&format!("/{}/join-links", here.organization.slug)))
}
