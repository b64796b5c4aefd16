//! An organization's pages.

use axum::{
    Form,
    extract::{Path, Query},
    response::Response,
};
use serde::Deserialize;
use tower_sso::{Fresh, Inserted, SsoPass};

use crate::{
    pages::{self, Page},
    visit::{Visit, see_other, unavailable},
};

/// How many events the activity page shows.
const EVENTS: usize = 100;

#[derive(Deserialize)]
pub(super) struct Told {
    authorised: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Authorise {
    token: String,
}

pub(super) async fn page(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    Query(told): Query<Told>,
) -> Result<Page, Response> {
    let here = visit.enter(&org, pass).await?;
    let tokens = visit.account().map(|account| visit.hub.credentials.tokens_of(account)).unwrap_or_default();
    let authorised = tokens.iter().find(|token| Some(token.id.as_str()) == told.authorised.as_deref());
    Ok(pages::organization(&visit, &here, &tokens, authorised))
}

/// The newest audit events, for administrators.
pub(super) async fn activity(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
) -> Result<Page, Response> {
    let here = visit.enter(&org, pass).await?;
    if !visit.account().is_some_and(|account| here.organization.is_admin(account)) {
        return Err(visit.not_found());
    }
    let events = visit.hub.activity.of(&here.organization.id, EVENTS);
    Ok(pages::activity(&visit, &here, &events))
}

/// Lets a token of the viewer's into the organization, for as long as the viewer's own SSO session lasts.
pub(super) async fn authorise_token(
    mut visit: Visit,
    Fresh(proof): Fresh,
    pass: SsoPass,
    Path(org): Path<String>,
    Form(form): Form<Authorise>,
) -> Result<Response, Response> {
    let here = visit.enter(&org, pass).await?;
    let (user, _) = visit.in_browser().ok_or_else(|| visit.to_sign_in())?;
    let Some(token) = visit.hub.credentials.token_of(&user.id, &form.token) else {
        return Err(visit.not_found());
    };
    let authorised = visit.hub.sso.authorise_token(&proof, &token.id).await;
    match authorised {
        Ok(Inserted::Stored) => {
            let slug = &here.organization.slug;
            Ok(see_other(&format!("/{slug}?authorised={}", token.id)))
        }
        // A sign-out came between.
        Ok(Inserted::Revoked) => Ok(see_other(&format!("/{}", here.organization.slug))),
        Err(error) => {
            tracing::error!(%error, "authorising a token");
            Err(unavailable())
        }
    }
}
