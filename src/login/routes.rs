//! The SSO routes: start, begin, callback, initiate, finish, status, join, tokens, later. The SAML routes are in
//! `saml_routes`.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::{RawPathParams, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use url::form_urlencoded;

#[cfg(feature = "oidc")]
use crate::login::initiate;
#[cfg(feature = "saml")]
use crate::login::saml_routes;
use crate::{
    audit::request::{ClientAddress, Network, during},
    connection::Connection,
    digest::Digest,
    directory::Credential,
    enforce::{
        decide::{Decision, Pass, SsoPass},
        evaluation::{Evaluation, Target},
    },
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    login::{
        begin::Onward,
        join,
        later::later,
        limits::Rate,
        record::{LoopMark, loop_key, loop_page},
        respond::{can_be_linked, see_other, without_address},
        return_path::ReturnPath,
        start_params::{StartParams, parameter},
        tokens::{change_token, tokens},
        tokens_json,
    },
    lookup::LookupError,
    pages::{BANNER_STYLE, STYLE, shown::ProceedTo},
    session::one_time::TakeOutcome,
    sso::Sso,
};

/// The name is not `org`, so that the layer does not take our own pages for pages of an organization.
const ORGANIZATION: &str = "tower_sso_organization";
/// The maximum size of a posted form, in bytes.
pub(super) const FORM: usize = 64 * 1024;
/// The headers of a style sheet.
const SHEET: [(header::HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
/// How often one credential may open the start page.
const START: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

pub(crate) fn routes<S: Clone + Send + Sync + 'static>(sso: Sso) -> Router<S> {
    let mount = sso.core().addresses.mount().to_owned();
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
    router.layer(from_fn(observe)).with_state(sso)
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

/// Returns the organization in the path.
pub(super) fn organization(params: &RawPathParams) -> OrgId {
    OrgId::new(
        params.iter().find(|(key, _)| *key == ORGANIZATION).map(|(_, value)| value).unwrap_or_default(),
    )
}

pub(super) fn query(parts: &Parts) -> &[u8] {
    parts.uri.query().unwrap_or_default().as_bytes()
}

async fn start(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let start_params = match StartParams::parse(query(&parts)) {
        Ok(start_params) => start_params,
        Err((error, back)) => return sso.refuse_login(&organization, &error, back.as_ref()),
    };
    match sso.start_page(&parts, &organization, &start_params).await {
        Ok(response) => response,
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            let start = sso.core().addresses.start_with(&organization, &start_params);
            sso.to_sign_in(&organization, &start, Some(&start_params.back))
        }
        Err(error) => sso.refuse_login(&organization, &error, Some(&start_params.back)),
    }
}

async fn begin(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let asked = async {
        same_origin(&parts.headers, sso.core().addresses.origin()).map_err(|error| (error, None))?;
        StartParams::parse(&form(body, FORM).await.map_err(|error| (error, None))?)
    };
    let start_params = match asked.await {
        Ok(start_params) => start_params,
        Err((error, back)) => return sso.refuse_login(&organization, &error, back.as_ref()),
    };
    let back = start_params.back.clone();
    match sso.begin(&parts, &organization, start_params).await {
        Ok(to) => sso.go(to),
        Err(error) => sso.refuse_login(&organization, &error, Some(&back)),
    }
}

#[cfg(feature = "oidc")]
async fn callback_query(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    callback(&sso, &organization(&params), query(&parts)).await
}

#[cfg(feature = "oidc")]
async fn callback_form(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), FORM).await {
        Ok(form) => callback(&sso, &organization, &form).await,
        Err(error) => sso.refuse_unmatched(&organization, &error),
    }
}

#[cfg(feature = "oidc")]
async fn callback(sso: &Sso, organization: &OrgId, parameters: &[u8]) -> Response {
    match sso.receive_oidc(organization, parameters).await {
        Ok(finish) => see_other(&finish),
        Err((error, None)) => sso.refuse_unmatched(organization, &error),
        Err((error, Some(back))) => sso.refuse_login(organization, &error, Some(&back)),
    }
}

async fn finish(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match sso.finish_page(&parts, &organization).await {
        Ok(response) => response,
        Err((error, back)) => sso.refuse_login(&organization, &error, back.as_ref()),
    }
}

async fn status(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    sso.status((&parts).into(), &organization(&params)).await
}

impl Sso {
    /// Sends the browser on after a form. A browser applies the policy (`form-action`) of the page that contained the
    /// form to every redirect that answers the form. That is why no redirect leads to the provider, but a page that
    /// leads on by itself.
    pub(super) fn go(&self, to: Onward) -> Response {
        match to {
            Onward::Provider(address) => self.to_provider(&address),
            #[cfg(feature = "saml")]
            Onward::Post { action, fields } => {
                self.core().pages.post(&action, &fields).into_response(StatusCode::OK)
            }
            #[cfg(feature = "saml")]
            Onward::Here(address) => see_other(&address),
        }
    }

    /// Sends the browser on after a link, or after a redirect from the provider.
    #[cfg(feature = "saml")]
    pub(super) fn redirect(&self, to: Onward) -> Response {
        match to {
            Onward::Provider(address) => see_other(&address),
            Onward::Post { .. } | Onward::Here(_) => self.go(to),
        }
    }

    /// Returns the page that leads to an address of the provider. The address becomes a link on the page, so only a
    /// web address is accepted.
    fn to_provider(&self, address: &str) -> Response {
        if !can_be_linked(address) {
            return without_address();
        }
        self.core().pages.proceed(ProceedTo::Provider, address).into_response(StatusCode::OK)
    }

    async fn start_page(
        &self,
        parts: &Parts,
        organization: &OrgId,
        start_params: &StartParams,
    ) -> Result<Response, LoginError> {
        let connection = self.connection(organization).await?;
        let (account, credential) = self.in_browser(parts).await?;
        let page = self.start_page_for(parts, &connection, (&account, &credential), start_params).await;
        page.map_err(|error| error.of(&account))
    }

    async fn start_page_for(
        &self,
        parts: &Parts,
        connection: &Connection,
        (account, credential): (&AccountId, &Credential),
        start_params: &StartParams,
    ) -> Result<Response, LoginError> {
        let core = self.core();
        let organization = connection.organization();
        if !core.limits.allows(Digest::of("tower-sso start", &credential.parts()), START, core.now()) {
            return Err(LoginErrorKind::RateLimited.into());
        }
        self.member(organization, account).await?;
        let page = self.start_page_of_member(parts, connection, account, start_params).await;
        page.map_err(|error| error.showing(connection.name()))
    }

    async fn start_page_of_member(
        &self,
        parts: &Parts,
        connection: &Connection,
        account: &AccountId,
        start_params: &StartParams,
    ) -> Result<Response, LoginError> {
        let (core, organization) = (self.core(), connection.organization());
        // Detect a loop: an account that has just logged in with SSO is sent here again, without a session or with a
        // session that the page does not see. Without this check the account would be sent here forever.
        let mark = self.within(core.one_time.take(&loop_key(organization, account)), "one_time.take").await?;
        if let TakeOutcome::Value { value, expires_at } = mark
            && expires_at > core.now()
            && self.is_loop(parts, organization, &value, start_params).await?
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
        &self,
        parts: &Parts,
        organization: &OrgId,
        mark: &[u8],
        start_params: &StartParams,
    ) -> Result<bool, LoginError> {
        let mark: LoopMark = serde_json::from_slice(mark).map_err(LookupError::from)?;
        if self.within(self.core().sessions.revoked(&mark.session), "session.revoked").await? {
            return Ok(false);
        }
        let same = mark.page == loop_page(&start_params.back, &start_params.asked);
        Ok(same || !self.is_fresh(parts, organization).await?)
    }

    /// Whether the viewer has a fresh SSO session for the organization. A failed lookup is an error, never a "no".
    async fn is_fresh(&self, parts: &Parts, organization: &OrgId) -> Result<bool, LoginError> {
        let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
        match evaluation.conclude(self.core(), parts.into()).await {
            Ok(Decision::Pass(Pass::With(SsoPass::Fresh(_)))) => Ok(true),
            Ok(Decision::Pass(_) | Decision::Challenge(_) | Decision::NotEstablished) => Ok(false),
            Err(unanswered) => Err(unanswered.error.into()),
        }
    }

    async fn finish_page(
        &self,
        parts: &Parts,
        organization: &OrgId,
    ) -> Result<Response, (LoginError, Option<ReturnPath>)> {
        let alone = |error: LoginError| (error, None);
        let ticket = parameter(query(parts), "ticket").map_err(alone)?;
        let ticket = ticket.ok_or_else(|| alone(LoginErrorKind::TicketMissing.into()))?;
        match self.in_browser(parts).await {
            Ok(viewer) => self
                .finish(organization, viewer, &ticket)
                .await
                .map(|back| see_other(&self.core().addresses.of_path(&back))),
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
                Ok(self.without_viewer(parts, organization, "finish", &ticket))
            }
            Err(error) => Err(alone(error)),
        }
    }

    /// Answers a request without a login cookie. A browser that comes from another site may hold back a cookie with
    /// `SameSite=Strict`, and sends it from a page of ours. That page is shown once. If the cookie is still missing,
    /// the person signs in to the host. The ticket is kept.
    pub(super) fn without_viewer(
        &self,
        parts: &Parts,
        organization: &OrgId,
        page: &str,
        ticket: &str,
    ) -> Response {
        let core = self.core();
        let again = parameter(query(parts), "again").ok().flatten().is_some();
        let ticket: String = form_urlencoded::byte_serialize(ticket.as_bytes()).collect();
        let next = format!("{}?ticket={ticket}&again=1", core.addresses.url(organization, page));
        if again {
            return self.to_sign_in(organization, &next, None);
        }
        core.pages.proceed(ProceedTo::Here, &next).into_response(StatusCode::OK)
    }

    /// Returns the host's sign-in page, which returns to an address of ours.
    pub(super) fn sign_in_for(&self, here: &str) -> Option<ReturnPath> {
        let here = self.core().addresses.path_of(here)?;
        ReturnPath::parse(&self.core().directory.sign_in(&here)?)
    }

    /// Sends the browser to the host's sign-in page, which returns to `next`. If the host has no sign-in page,
    /// returns a page that says to sign in.
    pub(super) fn to_sign_in(&self, organization: &OrgId, next: &str, back: Option<&ReturnPath>) -> Response {
        match self.sign_in_for(next) {
            Some(path) => see_other(&self.core().addresses.of_path(&path)),
            None => self.refuse_login(organization, &LoginErrorKind::NotSignedIn.into(), back),
        }
    }
}

/// Checks that a form was posted from a page of this site.
pub(super) fn same_origin(headers: &HeaderMap, origin: &str) -> Result<(), LoginError> {
    let says =
        |name: &str, expected: &str| headers.get(name).map(|value| value.as_bytes() == expected.as_bytes());
    match (says("sec-fetch-site", "same-origin"), says("origin", origin)) {
        (Some(true), _) | (None, Some(true)) => Ok(()),
        (Some(false), _) | (None, Some(false) | None) => Err(LoginErrorKind::CrossOrigin.into()),
    }
}

pub(super) async fn form(body: Body, most: usize) -> Result<Vec<u8>, LoginError> {
    let bytes = axum::body::to_bytes(body, most).await;
    bytes.map(Into::into).map_err(|error| LoginError::with(LoginErrorKind::RequestInvalid, error))
}
