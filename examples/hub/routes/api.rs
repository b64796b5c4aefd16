//! The API.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use serde_json::{Value, json};
use tower_sso::{AccountId, OrgId, RequireError, SignedIn, SsoPass, Viewer, token::CredentialKind};

use crate::{
    app::Hub,
    model::{Organization, Repository},
};

/// Answers who is signed in.
pub(super) async fn user(State(hub): State<Hub>, parts: Parts) -> Response {
    match parts.extensions.get::<Viewer>() {
        Some(Viewer::SignedIn(SignedIn { account, credential })) => {
            let user = hub.model.user(account);
            let credential = match credential.kind {
                CredentialKind::Session => "session",
                CredentialKind::Token => "token",
                CredentialKind::OrganizationToken => "organization token",
            };
            Json(json!({
                "id": account.as_str(),
                "name": hub.model.name(account),
                "emails": user.map(|it| it.emails.all()),
                "credential": credential,
            }))
            .into_response()
        }
        Some(Viewer::WithoutSessionId(_) | Viewer::Anonymous | Viewer::NotEstablished | _) | None => {
            Json(json!({ "id": null })).into_response()
        }
    }
}

/// Lists every repository that the viewer may see. Leaves out repositories of organizations that require an SSO login
/// first; a header says so.
pub(super) async fn repositories(State(hub): State<Hub>, parts: Parts) -> Result<Response, Response> {
    let ids: Vec<OrgId> = hub.model.organizations().map(|it| it.id.clone()).collect();
    let pending = hub.sso.pending(&parts, ids).await.map_err(RequireError::into_response)?;
    let open = hub.model.organizations().filter(|it| pending.open.contains(&it.id));
    let account = account(&parts);
    let shown: Vec<Value> = open
        .flat_map(|organization| organization.visible(account).map(move |it| (organization, it)))
        .map(|(organization, repository)| shape(&hub, organization, repository))
        .collect();
    let header = pending.header().map(|header| [header]);
    Ok((header, Json(shown)).into_response())
}

/// Answers with one repository by its id. The handler knows which organization it belongs to; the layer does not.
pub(super) async fn repository(
    State(hub): State<Hub>,
    parts: Parts,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let found = id.parse().ok().and_then(|id| hub.model.repository(id));
    let Some((organization, repository)) = found else { return Err(missing()) };
    // Checked first: a viewer who is challenged learns nothing else.
    hub.sso.require(&parts, &organization.id).await.map_err(RequireError::into_response)?;
    if !organization.shows(repository, account(&parts)) {
        return Err(missing());
    }
    Ok(Json(shape(&hub, organization, repository)).into_response())
}

/// Lists an organization's repositories. The layer has checked the request, because the route is in the organization's
/// namespace.
pub(super) async fn of_organization(
    State(hub): State<Hub>,
    _: SsoPass,
    parts: Parts,
    Path(org): Path<String>,
) -> Result<Response, Response> {
    let resolved = parts.extensions.get::<OrgId>().and_then(|id| hub.model.organization(id));
    let Some(organization) = resolved.or_else(|| hub.model.by_slug(&org)) else { return Err(missing()) };
    let shown = organization.visible(account(&parts)).map(|it| shape(&hub, organization, it));
    Ok(Json(shown.collect::<Vec<_>>()).into_response())
}

fn account(parts: &Parts) -> Option<&AccountId> {
    parts.extensions.get::<Viewer>()?.account()
}

fn shape(hub: &Hub, organization: &Organization, repository: &Repository) -> Value {
    json!({
        "id": repository.id,
        "organization": organization.slug.as_str(),
        "name": repository.name,
        "description": repository.description,
        "visibility": repository.visibility.name(),
        "url": format!("{}/{}/{}", hub.origin, organization.slug, repository.name),
    })
}

fn missing() -> Response {
    let problem = json!({ "type": "about:blank", "title": "Not Found", "status": 404 });
    let headers = [("content-type", "application/problem+json")];
    (StatusCode::NOT_FOUND, headers, problem.to_string()).into_response()
}
