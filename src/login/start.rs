//! The start page: it says that the organization requires an SSO login, and has the button that begins it.
//!
//! Only members see it. It never begins an SSO login by itself. It stops loops: an account that has just logged in with
//! SSO and is sent here again gets an error page instead of the button.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use tower_sso_core::{Digest, LookupError, OrgId, store::TakeOutcome};

use crate::{
    connection::checked::Connection,
    directory::viewer::SignedIn,
    enforce::{
        decide::{Decision, SsoPass},
        evaluation::{Evaluation, Target},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    limits::Rate,
    login::{
        failure::{LoginFailure, OrFailure as _},
        lookups::{self, BoundViewer},
        onward::with_cookies,
        record::unseal,
        start_params::StartParams,
    },
    loop_mark::{LoopMark, loop_key, loop_page},
    state::Core,
};

/// How often one credential may open the start page.
const START_PAGE_RATE: Rate = Rate { burst: 60, interval: std::time::Duration::from_secs(1) };

/// Returns the start page for the viewer, who must be a member.
pub(crate) async fn start_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    params: &StartParams,
) -> Result<Response, LoginFailure> {
    let connection = lookups::connection(core, organization).await?;
    let viewer = lookups::browser_viewer(core, parts).await?;
    let page = start_page_for(core, parts, &connection, &viewer, params).await;
    let page = page.for_account(&viewer.signed_in.account)?;
    // The browser gets its binding cookie before the button can be pressed in several tabs at once.
    Ok(with_cookies(page, viewer.cookie))
}

async fn start_page_for(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    viewer: &BoundViewer,
    params: &StartParams,
) -> Result<Response, LoginFailure> {
    let limit = Digest::of("tower-sso start", &viewer.rate_limited_by());
    let viewer = &viewer.signed_in;
    if !core.limits.allows(limit, START_PAGE_RATE, core.now()) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    lookups::check_member(core, connection.organization(), &viewer.account).await?;
    lookups::check_return(core, connection.organization(), &params.return_to).await?;
    refuse_loop(core, parts, connection, viewer, params).await.naming(connection.name())?;
    let begin = core.addresses.path(connection.organization(), "begin");
    let back = core.addresses.return_parameter(&params.return_to);
    let page = core.pages.start(connection.name(), &begin, &back, &params.fields());
    Ok(page.into_response(StatusCode::OK))
}

/// Refuses a visit that continues a loop. The previous SSO login left a mark; this visit takes it. The next visit shows
/// the start page again.
async fn refuse_loop(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    viewer: &SignedIn,
    params: &StartParams,
) -> Result<(), LoginError> {
    let key = loop_key(connection.organization(), &viewer.account);
    let taken = core.with_timeout(core.one_time.take(&key), "one_time.take").await?;
    if let TakeOutcome::Value { value: mark, expires_at } = taken
        && expires_at > core.now()
        && is_loop(core, parts, connection.organization(), &unseal(core, &key, &mark)?, params).await?
    {
        return Err(LoginErrorKind::Loop.into());
    }
    Ok(())
}

/// Returns whether a visit after the SSO login of this mark is a loop. If the session was revoked, it is not.
/// Otherwise it is a loop if the same page sent the account here again, or if the session is not found with this
/// request.
async fn is_loop(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    stored_mark: &[u8],
    params: &StartParams,
) -> Result<bool, LoginError> {
    let mark: LoopMark = serde_json::from_slice(stored_mark).map_err(LookupError::from)?;
    if core.with_timeout(core.sessions.revoked(&mark.session), "session.revoked").await? {
        return Ok(false);
    }
    let same_page = mark.page == loop_page(&params.return_to, &params.step_up);
    Ok(same_page || !is_fresh(core, parts, organization).await?)
}

/// Returns whether the viewer has a fresh SSO session for the organization. A failed lookup is an error, never a "no".
async fn is_fresh(core: &Core, parts: &Parts, organization: &OrgId) -> Result<bool, LoginError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    match evaluation.conclude(core, parts.into()).await {
        Ok(Decision::Pass(SsoPass::Fresh(_))) => Ok(true),
        Ok(
            Decision::PassUntouched | Decision::Pass(_) | Decision::Challenge(_) | Decision::NotEstablished,
        ) => Ok(false),
        Err(failure) => Err(failure.error.into()),
    }
}
