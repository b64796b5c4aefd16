//! The SSO routes: start, begin, callback, initiate, finish, status, join, tokens, later. The SAML routes are in
//! `saml_routes`.

use crate::login::request::{ORGANIZATION, form, organization, query, same_origin, MAX_FORM_BYTES};
use crate::login::begin;
use crate::login::finish;
use crate::login::receive::oidc;
use crate::login::respond;
use crate::login::status;
use std::sync::Arc;
use std::time::Duration;

use axum::{
    Router,
    extract::{RawPathParams, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header, request::Parts};
use url::form_urlencoded;

#[cfg(feature = "oidc")]
use crate::login::initiate;
#[cfg(feature = "saml")]
use crate::login::saml_routes;
use crate::{
    audit::request::{ClientAddress, Network, during},
    connection::checked::Connection,
    credential::Credential,
    digest::Digest,
    enforce::{
        decide::{Decision, Pass, SsoPass},
        evaluation::{Evaluation, Target},
    },
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    limits::Rate,
    login::{
        begin::Onward,
        join,
        later::later,
        record::{LoopMark, loop_key, loop_page},
        respond::{can_be_linked, see_other, without_address},
        start_params::{StartParams, parameter},
        tokens::{change_token, tokens},
        tokens_json,
    },
    lookup::LookupError,
    pages::{banner::STYLE as BANNER_STYLE, default::STYLE, shown::ProceedTo},
    return_path::ReturnPath,
    session::one_time::TakeOutcome,
    state::Core,
};

/// The headers of a style sheet.
const SHEET: [(header::HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
/// How often one credential may open the start page.
const START: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

pub(crate) fn routes<S: Clone + Send + Sync + 'static>(core: Arc<Core>) -> Router<S> {
    let mount = core.addresses.mount().to_owned();
    let page = |name: &str| format!("{mount}/{{{ORGANIZATION}}}/{name}");
    let router = Router::new()
        .route(&format!("{mount}/sso.css"), get(style))
        .route(&format!("{mount}/banner.css"), get(banner_style))
        .route(&page("later"), post(later))
        .route(&page("tokens"), get(tokens).post(change_token))
        .route(&page("tokens.json"), get(tokens_json::list).post(tokens_json::change))
        .route(&page("start"), get(start))
        .route(&page("begin"), post(begin))
        .route(&page("finish"), get(finish))
        .route(&page("join"), get(join::page).post(join::begin))
        .route(&page("join/finish"), get(join::finish))
        .route(&page("join/claim"), get(join::claim))
        .route(&page("status"), get(status));
    #[cfg(feature = "oidc")]
    let router = router
        .route(&page("oidc/callback"), get(callback_query).post(callback_form))
        .route(&page("oidc/initiate"), get(initiate::by_query).post(initiate::by_form));
    #[cfg(feature = "saml")]
    let router = saml_routes::add(router, page);
    router.layer(from_fn(observe)).with_state(core)
}

/// Adds to every event of the request the network that the request came from.
async fn observe(request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ClientAddress>();
    let network = address.map(|ClientAddress(address)| Network::of(*address));
    during(None, network, next.run(request)).await
}

async fn style() -> impl IntoResponse {
    (SHEET, STYLE)
}

async fn banner_style() -> impl IntoResponse {
    (SHEET, BANNER_STYLE)
}

async fn start(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let start_params = match StartParams::parse(query(&parts)) {
        Ok(start_params) => start_params,
        Err((error, back)) => return respond::refuse_login(&core, &organization, &error, back.as_ref()),
    };
    match start_page(&core, &parts, &organization, &start_params).await {
        Ok(response) => response,
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            let start = core.addresses.start_with(&organization, &start_params);
            to_sign_in(&core, &organization, &start, Some(&start_params.back))
        }
        Err(error) => respond::refuse_login(&core, &organization, &error, Some(&start_params.back)),
    }
}

async fn begin(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let asked = async {
        same_origin(&parts.headers, core.addresses.origin()).map_err(|error| (error, None))?;
        StartParams::parse(&form(body, MAX_FORM_BYTES).await.map_err(|error| (error, None))?)
    };
    let start_params = match asked.await {
        Ok(start_params) => start_params,
        Err((error, back)) => return respond::refuse_login(&core, &organization, &error, back.as_ref()),
    };
    let back = start_params.back.clone();
    match begin::begin(&core, &parts, &organization, start_params).await {
        Ok(to) => go(&core, to),
        Err(error) => respond::refuse_login(&core, &organization, &error, Some(&back)),
    }
}

#[cfg(feature = "oidc")]
async fn callback_query(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    callback(&core, &organization(&params), query(&parts)).await
}

#[cfg(feature = "oidc")]
async fn callback_form(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), MAX_FORM_BYTES).await {
        Ok(form) => callback(&core, &organization, &form).await,
        Err(error) => respond::refuse_unmatched(&core, &organization, &error),
    }
}

#[cfg(feature = "oidc")]
async fn callback(core: &Core, organization: &OrgId, parameters: &[u8]) -> Response {
    match oidc::receive_oidc(core, organization, parameters).await {
        Ok(finish) => see_other(&finish),
        Err((error, None)) => respond::refuse_unmatched(core, organization, &error),
        Err((error, Some(back))) => respond::refuse_login(core, organization, &error, Some(&back)),
    }
}

async fn finish(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match finish_page(&core, &parts, &organization).await {
        Ok(response) => response,
        Err((error, back)) => respond::refuse_login(&core, &organization, &error, back.as_ref()),
    }
}

async fn status(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    status::status(&core, (&parts).into(), &organization(&params)).await
}

/// Sends the browser on after a form. A browser applies the policy (`form-action`) of the page that contained the
/// form to every redirect that answers the form. That is why no redirect leads to the provider, but a page that
/// leads on by itself.
pub(crate) fn go(core: &Core, to: Onward) -> Response {
    match to {
        Onward::Provider(address) => to_provider(core, &address),
        #[cfg(feature = "saml")]
        Onward::Post { action, fields } => core.pages.post(&action, &fields).into_response(StatusCode::OK),
        #[cfg(feature = "saml")]
        Onward::Here(address) => see_other(&address),
    }
}

/// Sends the browser on after a link, or after a redirect from the provider.
#[cfg(feature = "saml")]
pub(crate) fn redirect(core: &Core, to: Onward) -> Response {
    match to {
        Onward::Provider(address) => see_other(&address),
        Onward::Post { .. } | Onward::Here(_) => go(core, to),
    }
}

/// Returns the page that leads to an address of the provider. The address becomes a link on the page, so only a
/// web address is accepted.
fn to_provider(core: &Core, address: &str) -> Response {
    if !can_be_linked(address) {
        return without_address();
    }
    core.pages.proceed(ProceedTo::Provider, address).into_response(StatusCode::OK)
}

async fn start_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    start_params: &StartParams,
) -> Result<Response, LoginError> {
    let connection = begin::connection(core, organization).await?;
    let (account, credential) = begin::in_browser(core, parts).await?;
    let page = start_page_for(core, parts, &connection, (&account, &credential), start_params).await;
    page.map_err(|error| error.of(&account))
}

async fn start_page_for(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    (account, credential): (&AccountId, &Credential),
    start_params: &StartParams,
) -> Result<Response, LoginError> {
    let organization = connection.organization();
    if !core.limits.allows(Digest::of("tower-core start", &credential.parts()), START, core.now()) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    begin::member(core, organization, account).await?;
    let page = start_page_of_member(core, parts, connection, account, start_params).await;
    page.map_err(|error| error.showing(connection.name()))
}

async fn start_page_of_member(
    core: &Core,
    parts: &Parts,
    connection: &Connection,
    account: &AccountId,
    start_params: &StartParams,
) -> Result<Response, LoginError> {
    let organization = connection.organization();
    // Detect a loop: an account that has just logged in with SSO is sent here again, without a session or with a
    // session that the page does not see. Without this check the account would be sent here forever.
    let mark =
        core.with_timeout(core.one_time.take(&loop_key(organization, account)), "one_time.take").await?;
    if let TakeOutcome::Value { value, expires_at } = mark
        && expires_at > core.now()
        && is_loop(core, parts, organization, &value, start_params).await?
    {
        return Err(LoginErrorKind::Loop.into());
    }
    let begin = core.addresses.path(organization, "begin");
    let page =
        core.pages.start(connection.name(), &begin, start_params.back.as_str(), &start_params.fields());
    Ok(page.into_response(StatusCode::OK))
}

/// Whether an account that has just logged in with SSO is sent here again, although its session was not revoked.
async fn is_loop(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    mark: &[u8],
    start_params: &StartParams,
) -> Result<bool, LoginError> {
    let mark: LoopMark = serde_json::from_slice(mark).map_err(LookupError::from)?;
    if core.with_timeout(core.sessions.revoked(&mark.session), "session.revoked").await? {
        return Ok(false);
    }
    let same = mark.page == loop_page(&start_params.back, &start_params.asked);
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

async fn finish_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<Response, (LoginError, Option<ReturnPath>)> {
    let alone = |error: LoginError| (error, None);
    let ticket = parameter(query(parts), "ticket").map_err(alone)?;
    let ticket = ticket.ok_or_else(|| alone(LoginErrorKind::TicketMissing.into()))?;
    match begin::in_browser(core, parts).await {
        Ok(viewer) => finish::finish(core, organization, viewer, &ticket)
            .await
            .map(|back| see_other(&core.addresses.of_path(&back))),
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            Ok(without_viewer(core, parts, organization, "finish", &ticket))
        }
        Err(error) => Err(alone(error)),
    }
}

/// Answers a request without a login cookie. A browser that comes from another site may hold back a cookie with
/// `SameSite=Strict`, and sends it from a page of ours. That page is shown once. If the cookie is still missing,
/// the person signs in to the host. The ticket is kept.
pub(crate) fn without_viewer(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    page: &str,
    ticket: &str,
) -> Response {
    let again = parameter(query(parts), "again").ok().flatten().is_some();
    let ticket: String = form_urlencoded::byte_serialize(ticket.as_bytes()).collect();
    let next = format!("{}?ticket={ticket}&again=1", core.addresses.url(organization, page));
    if again {
        return to_sign_in(core, organization, &next, None);
    }
    core.pages.proceed(ProceedTo::Here, &next).into_response(StatusCode::OK)
}

/// Returns the host's sign-in page, which returns to an address of ours.
pub(crate) fn sign_in_for(core: &Core, here: &str) -> Option<ReturnPath> {
    let here = core.addresses.path_of(here)?;
    ReturnPath::parse(&core.directory.sign_in(&here)?)
}

/// Sends the browser to the host's sign-in page, which returns to `next`. If the host has no sign-in page,
/// returns a page that says to sign in.
pub(crate) fn to_sign_in(
    core: &Core,
    organization: &OrgId,
    next: &str,
    back: Option<&ReturnPath>,
) -> Response {
    match sign_in_for(core, next) {
        Some(path) => see_other(&core.addresses.of_path(&path)),
        None => respond::refuse_login(core, organization, &LoginErrorKind::NotSignedIn.into(), back),
    }
}
