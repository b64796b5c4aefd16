//! The viewer's API tokens for scripts: the same as the page of `tokens`, for an app's own page or for a tool.

use axum::{
    Json,
    body::Body,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tower_sso_core::{OrgId, internal::rfc3339};

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{
        failure::OrFailure as _,
        request::{MAX_FORM_BYTES, form, organization, query, same_origin},
        respond::refuse_script,
        start_params::parse_step_up,
        tokens::{NotTokenOwner, TokenChange, TokenOwner, change_as_owner, token_owner, token_rows},
    },
    state::Core,
    step_up::StepUp,
};

/// The action that a script requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(rename = "token")]
    token: String,
    #[serde(rename = "do")]
    r#do: String,
}

/// Lists the viewer's tokens.
pub(crate) async fn list(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let step_up = match parse_step_up(query(&parts)) {
        Ok(step_up) => step_up,
        Err(error) => return refuse_script(&core, &organization, error),
    };
    match token_owner(&core, &parts, &organization, &step_up).await {
        Ok(owner) => listed(&core, &organization, &owner, &step_up).await,
        Err(reason) => reject_non_owner(&core, &organization, reason),
    }
}

/// Authorizes one of the viewer's tokens, or revokes its authorization. Returns the resulting list.
pub(crate) async fn change(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let change = match read_change(&core, &parts, body).await {
        Ok(change) => change,
        Err(error) => return refuse_script(&core, &organization, error),
    };
    match token_owner(&core, &parts, &organization, &change.step_up).await {
        Ok(owner) => {
            match change_as_owner(&core, &organization, &owner, &change).await.for_account(&owner.account) {
                Ok(()) => listed(&core, &organization, &owner, &change.step_up).await,
                Err(failure) => refuse_script(&core, &organization, failure),
            }
        }
        Err(reason) => reject_non_owner(&core, &organization, reason),
    }
}

async fn read_change(core: &Core, parts: &Parts, body: Body) -> Result<TokenChange, LoginError> {
    same_origin(&parts.headers, core.addresses.origin())?;
    is_json(&parts.headers)?;
    let body = form(body, MAX_FORM_BYTES).await?;
    let change: Change = serde_json::from_slice(&body)
        .map_err(|error| LoginError::with(LoginErrorKind::RequestInvalid, error))?;
    let step_up = parse_step_up(query(parts))?;
    Ok(TokenChange { token: Some(change.token), action: Some(change.r#do), step_up })
}

async fn listed(core: &Core, organization: &OrgId, owner: &TokenOwner, step_up: &StepUp) -> Response {
    let rows = match token_rows(core, organization, owner, step_up).await.for_account(&owner.account) {
        Ok(rows) => rows,
        Err(failure) => return refuse_script(core, organization, failure),
    };
    let tokens: Vec<_> = rows
        .into_iter()
        .map(|row| json!({ "id": row.id, "name": row.name, "authorised_until": row.until.filter(|_| row.enough).map(rfc3339) }))
        .collect();
    let policy = owner.connection.tokens.as_str();
    let list = json!({ "organization": organization.as_str(), "policy": policy, "tokens": tokens });
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(list)).into_response()
}

fn reject_non_owner(core: &Core, organization: &OrgId, reason: NotTokenOwner) -> Response {
    match reason {
        NotTokenOwner::NotSignedIn => refuse_script(core, organization, LoginErrorKind::NotSignedIn),
        NotTokenOwner::Refused(failure) => refuse_script(core, organization, failure),
        NotTokenOwner::Challenge(challenge) => challenge.into_response(),
        NotTokenOwner::Unavailable(refusal) => refusal.into_response(),
    }
}

/// Checks that the content type is JSON. A form of another site cannot send JSON, and a script of another site would
/// need a preflight request first (Fetch §4.8).
fn is_json(headers: &HeaderMap) -> Result<(), LoginError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(LoginError::with(LoginErrorKind::RequestInvalid, "expected the content type application/json"))
}
