//! The start page: says that the organization wants an SSO login, and has the button that begins it.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use tower_sso_core::{Digest, LookupError, OrgId, store::TakeOutcome};

use crate::{
    connection::checked::Connection,
    directory::viewer::SignedIn,
    enforce::{
        decide::{Decision, Pass, SsoPass},
        evaluation::{Evaluation, Target},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    limits::Rate,
    login::{
        failure::{LoginFailure, OrFailure as _},
        lookups,
        start_params::StartParams,
    },
    loop_mark::{LoopMark, loop_key, loop_page},
    state::Core,
};

/// How often one credential may open the start page.
const START: Rate = Rate { burst: 60, interval: std::time::Duration::from_secs(1) };

/// Returns the start page for the viewer, who must be a member.
pub(crate) async fn start_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    params: &StartParams,
) -> Result<Response, LoginFailure> {
    let connection = lookups::connection(core, organization).await?;
    let viewer = lookups::in_browser(core, parts).await?;
    start_page_for(core, parts, &connection, &viewer, params).await.of(&viewer.account)
}

async fn start_page_for(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    viewer: &SignedIn,
    params: &StartParams,
) -> Result<Response, LoginFailure> {
    let limit = Digest::of("tower-sso start", &viewer.credential.parts());
    if !core.limits.allows(limit, START, core.now()) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    lookups::check_member(core, connection.organization(), &viewer.account).await?;
    stop_a_loop(core, parts, connection, viewer, params).await.naming(connection.name())?;
    let begin = core.addresses.path(connection.organization(), "begin");
    let page = core.pages.start(connection.name(), &begin, params.back.as_str(), &params.fields());
    Ok(page.into_response(StatusCode::OK))
}

/// Detects a loop: an account that has just logged in with SSO is sent here again, without a session or with a
/// session that the page does not see. Without this check the account would be sent here forever.
async fn stop_a_loop(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    viewer: &SignedIn,
    params: &StartParams,
) -> Result<(), LoginError> {
    let key = loop_key(connection.organization(), &viewer.account);
    let mark = core.with_timeout(core.one_time.take(&key), "one_time.take").await?;
    if let TakeOutcome::Value { value, expires_at } = mark
        && expires_at > core.now()
        && is_loop(core, parts, connection.organization(), &value, params).await?
    {
        return Err(LoginErrorKind::Loop.into());
    }
    Ok(())
}

/// Whether an account that has just logged in with SSO is sent here again, although its session was not revoked.
async fn is_loop(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    mark: &[u8],
    params: &StartParams,
) -> Result<bool, LoginError> {
    let mark: LoopMark = serde_json::from_slice(mark).map_err(LookupError::from)?;
    if core.with_timeout(core.sessions.revoked(&mark.session), "session.revoked").await? {
        return Ok(false);
    }
    let same = mark.page == loop_page(&params.back, &params.asked);
    Ok(same || !is_fresh(core, parts, organization).await?)
}

/// Whether the viewer has a fresh SSO session for the organization. A failed lookup is an error, never a "no".
async fn is_fresh(core: &Core, parts: &Parts, organization: &OrgId) -> Result<bool, LoginError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    match evaluation.conclude(core, parts.into()).await {
        Ok(Decision::Pass(Pass::With(SsoPass::Fresh(_)))) => Ok(true),
        Ok(Decision::Pass(_) | Decision::Challenge(_) | Decision::NotEstablished) => Ok(false),
        Err(unanswered) => Err(unanswered.error.into()),
    }
}
