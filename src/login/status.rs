//! The viewer's SSO status in an organization, for scripts. A WebSocket, for example, can't read a 401.

use crate::{
    connection::{checked::Connection, policy::TokenPolicy},
    enforce::{
        decide::{Decision, SsoPass},
        evaluation::{Evaluation, Target},
        refusal, require,
    },
    request_head::RequestHead,
    state::Core,
    step_up::StepUp,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use serde_json::json;
use tower_sso_core::{OrgId, internal::rfc3339};

/// Returns `{"organization", "state", "reason", "expires_at", "sso_url", "tokens_url"}`. `state` is `anonymous`,
/// `not_required`, `offered`, `fresh` or `required`. Times are in RFC 3339. `sso_url` is the address that a
/// challenge would name. `tokens_url` is the page where the owner of API tokens authorizes them; members get it
/// if tokens have to be authorized.
pub(crate) async fn status(core: &Core, head: RequestHead<'_>, organization: &OrgId) -> Response {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    let decision = match evaluation.conclude(core, head).await {
        Ok(Decision::NotEstablished) => return refusal::refuse_not_established(core, head).into_response(),
        Ok(decision) => decision,
        Err(failure) => {
            let verb = failure.fact.as_str();
            return refusal::refuse_lookup(core, head, evaluation.audit_context(), verb, &failure.error)
                .into_response();
        }
    };
    let addresses = &core.addresses;
    let tokens_url = || addresses.tokens(organization, &StepUp::new());
    let sso_url = || match evaluation.connection().zip(evaluation.credential_kind()) {
        Some((connection, credential)) => require::remediation_url(core, connection, credential),
        None => addresses.start(organization, None),
    };
    let mut status = json!({ "organization": organization.as_str() });
    let mut say = |key: &str, value: serde_json::Value| status[key] = value;
    let sso_applies = match &decision {
        Decision::PassUntouched | Decision::Pass(SsoPass::NotRequired(_)) | Decision::NotEstablished => false,
        Decision::Pass(SsoPass::Offered(_) | SsoPass::Fresh(_)) | Decision::Challenge(_) => true,
    };
    let authorized = |connection: &Connection| connection.tokens == TokenPolicy::Authorized;
    if sso_applies && evaluation.connection().is_some_and(authorized) {
        say("tokens_url", tokens_url().into());
    }
    match decision {
        Decision::PassUntouched | Decision::NotEstablished => say("state", "anonymous".into()),
        Decision::Pass(SsoPass::NotRequired(_)) => say("state", "not_required".into()),
        Decision::Pass(SsoPass::Offered(offer)) => {
            say("state", "offered".into());
            say("reason", offer.as_str().into());
            say("sso_url", sso_url().into());
        }
        Decision::Pass(SsoPass::Fresh(proof)) => {
            say("state", "fresh".into());
            say("expires_at", rfc3339(proof.expires_at()).into());
        }
        Decision::Challenge(why) => {
            say("state", "required".into());
            say("reason", why.as_str().into());
            say("sso_url", sso_url().into());
        }
    }
    let mut response = Json(status).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
