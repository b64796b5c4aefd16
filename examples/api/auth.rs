//! The app's own authentication: bearer tokens, and a cookie that only the SSO pages read.

use axum::{
    Extension, Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tower_sso::{Credential, SignedIn, Viewer, token::CredentialKind};

use crate::{
    App,
    host::{ACCOUNTS, Claims, Host, Refreshed, Tokens},
};

// [by-bearer]
/// Finds out who sends a request to the API. Only a bearer token can say so: no cookie is read here.
pub(crate) async fn by_bearer(State(host): State<Host>, mut request: Request, next: Next) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION);
    let Some(signed_in) = authorization.and_then(|value| host.by_authorization(value)) else {
        return unauthorized();
    };
    request.extensions_mut().insert(Viewer::SignedIn(signed_in.clone())); // for tower-sso
    request.extensions_mut().insert(signed_in); // for the handlers
    next.run(request).await
}
// [/by-bearer]

// [by-cookie]
/// Finds out who opens an SSO page: the bearer token says so or, where there is none, the cookie.
pub(crate) async fn by_cookie(State(host): State<Host>, mut request: Request, next: Next) -> Response {
    let viewer = match request.headers().get(header::AUTHORIZATION) {
        Some(value) => host.by_authorization(value).map(Viewer::SignedIn),
        None => {
            let jwt = cookie(&host, request.headers());
            let signed_in = jwt.and_then(|jwt| host.by_jwt(jwt, "sso-pages"));
            Some(signed_in.map_or(Viewer::Anonymous, Viewer::SignedIn))
        }
    };
    let Some(viewer) = viewer else { return unauthorized() };
    request.extensions_mut().insert(viewer);
    next.run(request).await
}
// [/by-cookie]

// [cookie]
/// How long the cookie lasts, in seconds: longer than an SSO login may take, which is 10 minutes.
const LIFETIME: u64 = 15 * 60;

/// Gives the browser a cookie for the SSO pages. It stands for the same account and the same credential as the bearer
/// token of this request.
pub(crate) async fn sso_cookie(
    State(host): State<Host>,
    Extension(signed_in): Extension<SignedIn>,
) -> Result<impl IntoResponse, Response> {
    let sid = family(&signed_in).ok_or_else(unauthorized)?;
    let claims = Claims::new("sso-pages", &signed_in.account, sid, LIFETIME);
    let jwt = claims.and_then(|claims| host.sign(&claims)).map_err(unavailable)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(&host, &jwt, LIFETIME))]))
}

/// Over https, the name guarantees that no other host has set the cookie. Over http, some browsers refuse it.
fn cookie_name(host: &Host) -> &'static str {
    if host.is_https() { "__Host-sso_pages" } else { "sso_pages" }
}

pub(crate) fn set_cookie(host: &Host, jwt: &str, lifetime: u64) -> String {
    let (name, secure) = (cookie_name(host), if host.is_https() { "; Secure" } else { "" });
    format!("{name}={jwt}; Path=/; Max-Age={lifetime}; HttpOnly; SameSite=Lax{secure}")
}

fn cookie<'a>(host: &Host, headers: &'a HeaderMap) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie_name(host)).map(|(_, value)| value)
}
// [/cookie]

#[derive(Deserialize)]
pub(crate) struct Password {
    email: String,
    password: String,
}

pub(crate) async fn sign_in(
    State(host): State<Host>,
    Json(given): Json<Password>,
) -> Result<Json<Tokens>, Response> {
    let known =
        ACCOUNTS.iter().find(|(_, email, password)| (*email, *password) == (&given.email, &given.password));
    let (account, ..) = known.ok_or_else(unauthorized)?;
    host.sign_in(&(*account).into()).map(Json).map_err(unavailable)
}

#[derive(Deserialize)]
pub(crate) struct RefreshToken {
    refresh_token: String,
}

// [families]
/// Issues new tokens of the same family. The SSO session stays, because the credential does.
pub(crate) async fn refresh(
    State(app): State<App>,
    Json(given): Json<RefreshToken>,
) -> Result<Json<Tokens>, Response> {
    match app.host.refresh(&given.refresh_token).map_err(unavailable)? {
        Refreshed::New(tokens) => Ok(Json(tokens)),
        Refreshed::NotValid => Err(unauthorized()),
        Refreshed::Reused(sid) => {
            app.sso.signed_out(&Credential::session(sid)).await.map_err(unavailable)?;
            Err(unauthorized())
        }
    }
}

/// Signs out: the family ends, with every token of it.
pub(crate) async fn sign_out(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
) -> Result<impl IntoResponse, Response> {
    let sid = family(&signed_in).ok_or_else(unauthorized)?;
    app.host.sign_out(sid);
    // Ends the SSO sessions of the family, and the SSO logins in progress with it.
    app.sso.signed_out(&signed_in.credential).await.map_err(unavailable)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(&app.host, "", 0))]))
}
// [/families]

/// Returns the family of an access token. An API token has none.
fn family(signed_in: &SignedIn) -> Option<&str> {
    let SignedIn { credential, .. } = signed_in;
    (credential.kind == CredentialKind::Session).then(|| credential.id.as_str())
}

fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")]).into_response()
}

fn unavailable(error: impl std::fmt::Display) -> Response {
    tracing::error!(%error, "a store failed");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
