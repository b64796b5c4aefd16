//! The handlers of the routes `join`, `join/finish` and `join/claim`.
//!
//! A person who is signed in joins with that account. A person without an account is handed over to the app, which
//! creates one. Pages of a refusal have no link to the start page: it would refuse a non-member again.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{RawPathParams, Request, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, request::Parts};

use crate::{
    connection::checked::Connection,
    directory::viewer::SignedIn,
    error::{kind::LoginErrorKind, login_error::LoginError},
    lifetimes::LOGIN_LIFETIME,
    login::{
        admission, begin,
        browser::BrowserSecret,
        failure::{LoginFailure, NextStep, OrFailure as _},
        join::handover,
        lookups::{self, BoundViewer},
        onward::{Onward, after_form, see_other, with_cookies},
        record::Initiator,
        request::{organization, own_form, parameter, query},
        respond::{refuse_login, refuse_unmatched},
        sign_in::sign_in_path,
        start_params::StartParams,
    },
    pages::join::JoinPage,
    state::Core,
    step_up::StepUp,
};
use tower_sso_core::{JoinLinkId, OrgId, ReturnPath, store::JoinLink};

/// `GET join`: shows the page of a join link.
pub(crate) async fn page(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let shown = join_page(&core, &parts, &organization).await;
    shown.unwrap_or_else(|failure| refuse_link(&core, &organization, failure))
}

/// `POST join`: begins an SSO login by a join link.
pub(crate) async fn begin(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    match begin_to_join(&core, &parts, body, &organization).await {
        Ok((to, cookie)) => with_cookies(after_form(&core, to), cookie),
        Err(failure) => refuse_link(&core, &organization, failure),
    }
}

/// `GET join/finish`: hands a person without an account over to the app.
pub(crate) async fn finish(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    match handover::hand_over(&core, &parts, &organization).await {
        Ok((page, cookies)) => with_cookies(see_other(&page), cookies),
        Err(failure) => refuse_join(&core, &organization, failure),
    }
}

/// `GET join/claim`: makes the new account a member.
pub(crate) async fn claim(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, parts) = (organization(&params), request.into_parts().0);
    let claimed = handover::claim_page(&core, &parts, &organization).await;
    claimed.unwrap_or_else(|failure| refuse_join(&core, &organization, failure))
}

/// Returns the page of a join link. A member does not need the link and is sent to the start page.
async fn join_page(core: &Core, parts: &Parts, organization: &OrgId) -> Result<Response, LoginFailure> {
    let token = parameter(query(parts), "link")?.unwrap_or_default();
    let (connection, link) = find_by_token(core, organization, &token).await?;
    let here = core.addresses.join(organization, &token);
    let (shown, sign_in) = match lookups::browser_viewer_if_any(core, parts).await? {
        Some(BoundViewer { signed_in: SignedIn { account, .. }, .. }) => {
            let joins = admission::admit(core, organization, &account, Some(&link.id)).await;
            if joins.for_account(&account)?.is_none() {
                return Ok(see_other(&core.addresses.start(organization, Some(&link.return_to.into()))));
            }
            let emails = core.with_timeout(core.directory.verified_emails(&account), "emails").await?;
            (Some(emails.first().map_or(account.as_str(), String::as_str).to_owned()), None)
        }
        None => (None, sign_in_path(core, &here)),
    };
    let page = core.pages.join(JoinPage {
        organization: connection.name(),
        provider: &connection.provider_name(),
        account: shown.as_deref(),
        join: &core.addresses.path(organization, "join"),
        link: &token,
        sign_in: sign_in.as_ref().map(ReturnPath::as_str),
        style: "",
    });
    Ok(page.into_response(StatusCode::OK))
}

/// Begins an SSO login by a join link. Also returns the cookie that binds it to the browser, if nobody is signed in or
/// if the app session has no id.
async fn begin_to_join(
    core: &Core,
    parts: &Parts,
    body: Body,
    organization: &OrgId,
) -> Result<(Onward, Option<HeaderValue>), LoginFailure> {
    let token = parameter(&own_form(core, parts, body).await?, "link")?.unwrap_or_default();
    let (connection, link) = find_by_token(core, organization, &token).await?;
    let params = StartParams { return_to: link.return_to.into(), step_up: StepUp::default(), hint: None };
    match lookups::browser_viewer_if_any(core, parts).await? {
        Some(viewer) => {
            let limit = begin::BeginLimit::of_viewer(&viewer);
            let SignedIn { account, credential } = viewer.signed_in;
            let link =
                admission::admit(core, organization, &account, Some(&link.id)).await.for_account(&account)?;
            let by = Initiator::Account { account: account.clone(), credential, link };
            let begun = begin::begin_login(core, &connection, by, limit, params).await;
            Ok((begun.for_account(&account).naming(connection.name())?, viewer.cookie))
        }
        None => {
            let browser = BrowserSecret::new()?;
            let limit = begin::BeginLimit::of_visitors(&link.id);
            let by = Initiator::Visitor { browser: browser.digest(), link: link.id };
            let begun = begin::begin_login(core, &connection, by, limit, params).await;
            let to = begun.naming(connection.name())?;
            Ok((to, Some(browser.set_cookie(&core.addresses, LOGIN_LIFETIME)?)))
        }
    }
}

/// Returns the connection, and the join link that this token opens.
async fn find_by_token(
    core: &Core,
    organization: &OrgId,
    token: &str,
) -> Result<(Arc<Connection>, JoinLink), LoginError> {
    let connection = lookups::connection(core, organization).await?;
    let id = JoinLinkId::of(organization, token);
    let link = admission::find_join_link(core, &connection, &id).await?;
    Ok((connection, link))
}

/// Returns the page of a refusal, without a link to the start page.
fn refuse_join(core: &Core, organization: &OrgId, failure: LoginFailure) -> Response {
    refuse_login(core, organization, failure.leading_to(NextStep::Nothing).without_return_path())
}

/// Returns the page of a refusal for addresses to which anyone can send a browser with an invented link. A flood of
/// them is limited.
fn refuse_link(core: &Core, organization: &OrgId, failure: LoginFailure) -> Response {
    use LoginErrorKind::{JoinLinkExpired, JoinLinkUnknown, NoConnection};
    if [JoinLinkUnknown, JoinLinkExpired, NoConnection].contains(&failure.kind()) {
        return refuse_unmatched(core, organization, failure.leading_to(NextStep::Nothing));
    }
    refuse_join(core, organization, failure)
}
