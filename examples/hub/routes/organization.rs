//! The pages of an organization.

use axum::{extract::Path, response::Response};
use tower_sso::SsoPass;

use crate::{
    pages::{self, Page},
    visit::{Visit, unavailable},
};

/// The maximum number of events on the activity page.
const EVENTS: usize = 100;

pub(super) async fn page(mut visit: Visit, pass: SsoPass, Path(org): Path<String>) -> Result<Page, Response> {
    let here = visit.enter(&org, pass).await?;
    Ok(pages::organization(&visit, &here))
}

/// Shows the newest audit events to administrators.
pub(super) async fn activity(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
) -> Result<Page, Response> {
    let here = visit.enter(&org, pass).await?;
    if !visit.account().is_some_and(|account| here.organization.is_admin(account)) {
        return Err(visit.not_found());
    }
    let events = visit.hub.activity.of(&here.organization.id, EVENTS).await;
    let events = events.map_err(|error| {
        tracing::error!(%error, "reading the audit log");
        unavailable()
    })?;
    Ok(pages::activity(&visit, &here, &events))
}
