//! The same as the page of API tokens, for scripts: for an app's own page, or for a tool.

use crate::login::respond;
use crate::login::tokens;
use axum::{
    Json,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

use crate::{
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        request::{MAX_FORM_BYTES, form, organization, query, same_origin},
        start_params::step_up,
        tokens::{NotTokenOwner, TokenOwner},
    },
    state::Core,
    step_up::StepUp,
    time::rfc3339,
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
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let listed = async {
        let asked =
            step_up(query(&parts)).map_err(|error| respond::refuse_script(&core, &organization, &error))?;
        let owner = tokens::owner(&core, &parts, &organization, &asked).await;
        let owner = owner.map_err(|no| no_owner(&core, &organization, no))?;
        listed(&core, &organization, &owner, &asked).await
    };
    listed.await.unwrap_or_else(|refused: Response| refused)
}

/// Authorizes one of the viewer's tokens, or revokes its authorization. Returns the resulting list.
pub(crate) async fn change(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let changed = async {
        let asked = async {
            same_origin(&parts.headers, core.addresses.origin())?;
            is_json(&parts.headers)?;
            let body = form(body, MAX_FORM_BYTES).await?;
            let change: Change = serde_json::from_slice(&body)
                .map_err(|error| LoginError::with(LoginErrorKind::RequestInvalid, error))?;
            Ok((change, step_up(query(&parts))?))
        };
        let refuse = |error: LoginError| respond::refuse_script(&core, &organization, &error);
        let (change, asked) = asked.await.map_err(refuse)?;
        let owner = tokens::owner(&core, &parts, &organization, &asked).await;
        let owner = owner.map_err(|no| no_owner(&core, &organization, no))?;
        let changed =
            tokens::change(&core, &organization, &owner, Some(&change.token), Some(&change.r#do)).await;
        changed.map_err(|error| refuse(error.of(&owner.account)))?;
        listed(&core, &organization, &owner, &asked).await
    };
    changed.await.unwrap_or_else(|refused: Response| refused)
}

async fn listed(
    core: &Core,
    organization: &OrgId,
    owner: &TokenOwner,
    asked: &StepUp,
) -> Result<Response, Response> {
    let rows = tokens::token_rows(core, organization, owner, asked).await;
    let rows = rows.map_err(|error| respond::refuse_script(core, organization, &error.of(&owner.account)))?;
    let tokens: Vec<_> = rows
        .into_iter()
        .map(|row| json!({ "id": row.id, "name": row.name, "authorised_until": row.until.filter(|_| row.enough).map(rfc3339) }))
        .collect();
    let policy = owner.connection.tokens.as_str();
    let list = json!({ "organization": organization.as_str(), "policy": policy, "tokens": tokens });
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(list)).into_response())
}

fn no_owner(core: &Core, organization: &OrgId, no: NotTokenOwner) -> Response {
    match no {
        NotTokenOwner::NotSignedIn => {
            respond::refuse_script(core, organization, &LoginErrorKind::NotSignedIn.into())
        }
        NotTokenOwner::Refused(error) => respond::refuse_script(core, organization, &error),
        NotTokenOwner::Challenge(challenge) => challenge.into_response(),
        NotTokenOwner::Unavailable(refusal) => refusal.into_response(),
    }
}

/// Checks the content type. A form of another site can't send JSON, and a script of another site would need a
/// preflight request first (Fetch §4.8).
fn is_json(headers: &HeaderMap) -> Result<(), LoginError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(LoginError::with(LoginErrorKind::RequestInvalid, "expected the content type application/json"))
}
