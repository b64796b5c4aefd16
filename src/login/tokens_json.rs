//! The same as the page of API tokens, for scripts: for an app's own page, or for a tool.

use axum::{
    Json,
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use serde_json::json;

use crate::{
    enforce::step_up::StepUp,
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        routes::{FORM, form, organization, query, same_origin},
        start_params::step_up,
        tokens::{NotTokenOwner, TokenOwner},
    },
    sso::Sso,
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
pub(super) async fn list(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let listed = async {
        let asked = step_up(query(&parts)).map_err(|error| sso.refuse_script(&organization, &error))?;
        let owner = sso.owner(&parts, &organization, &asked).await;
        let owner = owner.map_err(|no| sso.no_owner(&organization, no))?;
        sso.listed(&organization, &owner, &asked).await
    };
    listed.await.unwrap_or_else(|refused: Response| refused)
}

/// Authorizes one of the viewer's tokens, or revokes its authorization. Returns the resulting list.
pub(super) async fn change(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let changed = async {
        let asked = async {
            same_origin(&parts.headers, sso.core().addresses.origin())?;
            is_json(&parts.headers)?;
            let body = form(body, FORM).await?;
            let change: Change = serde_json::from_slice(&body)
                .map_err(|error| LoginError::with(LoginErrorKind::RequestInvalid, error))?;
            Ok((change, step_up(query(&parts))?))
        };
        let refuse = |error: LoginError| sso.refuse_script(&organization, &error);
        let (change, asked) = asked.await.map_err(refuse)?;
        let owner = sso.owner(&parts, &organization, &asked).await;
        let owner = owner.map_err(|no| sso.no_owner(&organization, no))?;
        let changed = sso.change(&organization, &owner, Some(&change.token), Some(&change.r#do)).await;
        changed.map_err(|error| refuse(error.of(&owner.account)))?;
        sso.listed(&organization, &owner, &asked).await
    };
    changed.await.unwrap_or_else(|refused: Response| refused)
}

impl Sso {
    async fn listed(
        &self,
        organization: &OrgId,
        owner: &TokenOwner,
        asked: &StepUp,
    ) -> Result<Response, Response> {
        let rows = self.token_rows(organization, owner, asked).await;
        let rows = rows.map_err(|error| self.refuse_script(organization, &error.of(&owner.account)))?;
        let tokens: Vec<_> = rows
            .into_iter()
            .map(|row| json!({ "id": row.id, "name": row.name, "authorised_until": row.until.filter(|_| row.enough).map(rfc3339) }))
            .collect();
        let policy = owner.connection.tokens.as_str();
        let list = json!({ "organization": organization.as_str(), "policy": policy, "tokens": tokens });
        Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(list)).into_response())
    }

    fn no_owner(&self, organization: &OrgId, no: NotTokenOwner) -> Response {
        match no {
            NotTokenOwner::NotSignedIn => {
                self.refuse_script(organization, &LoginErrorKind::NotSignedIn.into())
            }
            NotTokenOwner::Refused(error) => self.refuse_script(organization, &error),
            NotTokenOwner::Challenge(challenge) => challenge.into_response(),
            NotTokenOwner::Unavailable(refusal) => refusal.into_response(),
        }
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
