//! Reloads the file of connections without a restart.

use std::sync::Arc;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use tower_sso::{FileConnections, SsoPass};

use super::sessions::{administrator, failed};
use crate::{
    pages,
    visit::{Visit, see_other, unavailable},
};

/// Applies the whole file, or nothing if it has an error. The activity page of each organization shows its changes.
pub(super) async fn submit(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
) -> Result<Response, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let (user, _) = visit.in_browser().ok_or_else(|| visit.not_found())?;
    let connections = Arc::clone(&visit.hub.connections);
    let read = tokio::task::spawn_blocking(move || connections.file().map(FileConnections::reload)).await;
    match read.map_err(|_| unavailable())? {
        None => Err(visit.not_found()),
        Some(Ok(reloaded)) => {
            let recorded = async { visit.hub.sso.connections_reloaded(&reloaded) };
            visit.acting(&user.id).run(recorded).await.map_err(failed)?;
            Ok(see_other(&format!("/{}/activity", here.organization.slug)))
        }
        Some(Err(error)) => {
            tracing::warn!(%error, "reading the connections again");
            // An administrator must not see another organization's settings.
            let ours = error.organization().is_none_or(|id| id == here.organization.id.as_str());
            let why =
                if ours { error.to_string() } else { "Another organization’s connection.".to_owned() };
            let sentence = format!("Nothing was changed. Fix this first: {why}");
            let page = pages::message(&visit, "The file was not taken", &sentence);
            Err((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
