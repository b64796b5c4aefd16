//! A JSON API with bearer tokens, and a single-page app that logs in with SSO.
//!
//! Run `cargo run --example api` and open the address that it prints, or try the commands that it prints. The handbook
//! explains each part: `docs/api-tokens-jwt.md` and `docs/single-page-apps.md`.
//!
//! A person signs in with a password and gets an access token (a JWT) and a refresh token. All tokens of one sign-in
//! are a *family*, and the family is the credential. A script has an API token instead.
//!
//! | file | what it has |
//! |---|---|
//! | `main.rs` | the routes and layers, and the API: one organization in the path, one after a lookup, and a list of several |
//! | `auth.rs` | bearer tokens for the API, a cookie for the SSO pages; sign-in, refresh and sign-out |
//! | `host.rs` | what the app knows, and what tower-sso asks it |
//! | `page.html`, `page.js` | the single-page app |

mod auth;
mod host;
#[cfg(test)]
mod tests;

use std::error::Error;

use axum::{
    Extension, Json, Router,
    extract::{FromRef, Path, State},
    middleware::from_fn_with_state,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_sso::{
    ConnectionSettings, OrgId, RequireError, Secret, SignedIn, Sso, SsoPass,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
};
use tower_sso_test_idp::{RunningIdp, TestClient, TestIdp, TestUser};

use crate::{
    auth::{by_bearer, by_cookie, refresh, sign_in, sign_out, sso_cookie},
    host::{Host, REPOSITORIES, random},
};

#[derive(Clone, FromRef)]
struct App {
    host: Host,
    sso: Sso,
}

// [router]
fn router(app: App) -> Router {
    // The API, inside the app's own authentication, which runs first.
    let api = Router::new()
        .route("/api/organizations/{org}/members", get(members))
        .route("/api/repositories", get(repositories))
        .route("/api/repositories/{id}", get(repository))
        .route("/auth/sso-cookie", post(sso_cookie))
        .route("/auth/sign-out", post(sign_out))
        .layer(app.sso.layer())
        .layer(from_fn_with_state(app.clone(), by_bearer));
    // The SSO pages. Only they accept the cookie.
    let sso_pages = app.sso.routes().layer(from_fn_with_state(app.clone(), by_cookie));
    Router::new()
        .route("/", get(page))
        .route("/page.js", get(script))
        .route("/auth/sign-in", post(sign_in))
        .route("/auth/refresh", post(refresh))
        .merge(api)
        .merge(sso_pages)
        .with_state(app)
}
// [/router]

/// The members of an organization. The path names it, so the layer has checked the request.
async fn members(
    State(host): State<Host>,
    Extension(organization): Extension<OrgId>,
    Extension(SignedIn { account, .. }): Extension<SignedIn>,
    _: SsoPass,
) -> Result<Json<Value>, StatusCode> {
    let members = host.members(&organization);
    if members.contains(&account.as_str()) { Ok(Json(json!(members))) } else { Err(StatusCode::NOT_FOUND) }
}

// [require]
/// One repository. Which organization it belongs to is known only after a lookup.
async fn repository(
    State(app): State<App>,
    Path(id): Path<u32>,
    Extension(SignedIn { account, .. }): Extension<SignedIn>,
    parts: Parts,
) -> Result<Response, RequireError> {
    let Some((_, organization, name, public)) = REPOSITORIES.iter().find(|repository| repository.0 == id)
    else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    // The challenge is the response for a member without an SSO session. Everybody else continues.
    app.sso.require(&parts, &OrgId::new(organization)).await?;
    if !public && !app.host.members(&OrgId::new(organization)).contains(&account.as_str()) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    Ok(Json(json!({ "id": id, "name": name })).into_response())
}
// [/require]

// [pending]
/// The repositories of all of the account's organizations, without those that still require an SSO login.
async fn repositories(
    State(app): State<App>,
    Extension(SignedIn { account, .. }): Extension<SignedIn>,
    parts: Parts,
) -> Result<impl IntoResponse, RequireError> {
    let pending = app.sso.pending(&parts, app.host.organizations_of(&account)).await?;
    let open = |organization: &str| pending.open.iter().any(|it| it.as_str() == organization);
    let repositories = REPOSITORIES.iter().filter(|(_, organization, ..)| open(organization));
    let repositories: Vec<_> =
        repositories.map(|(id, _, name, _)| json!({ "id": id, "name": name })).collect();
    let required = pending.required.iter();
    let required: Vec<_> = required.map(|it| json!({ "name": it.name, "sso_url": it.sso_url })).collect();
    let headers: HeaderMap = pending.header().into_iter().collect(); // X-SSO: partial-results; …
    Ok((headers, Json(json!({ "repositories": repositories, "sso_required": required }))))
}
// [/pending]

async fn page() -> impl IntoResponse {
    (
        [(header::CONTENT_SECURITY_POLICY, "default-src 'self'; frame-ancestors 'none'")],
        Html(include_str!("page.html")),
    )
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("page.js"))
}

/// Builds the app, and Acme's identity provider. In this example, it is the test provider in this process.
async fn build(base_url: &str, api_token: &str) -> Result<(App, RunningIdp), Box<dyn Error>> {
    let idp = TestIdp::builder()
        .user(TestUser::new("Ada").email("ada@acme.example").password("lovelace"))
        .client(
            TestClient::new("api").redirect_uri(format!("{base_url}/sso/1/oidc/callback")).secret("a secret"),
        )
        .host_name("localhost")
        .build()?;
    let idp = idp.serve("127.0.0.1:0").await?;
    let secret = ClientAuthentication::SecretAuto(Secret::new("a secret".into()));
    let provider = OidcSettings::new(idp.issuer(), ClientId::new("api"), secret);
    let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).name("Acme");
    let host = Host::new(base_url.starts_with("https:"), api_token)?;
    // [builder]
    let sso = Sso::builder(base_url, host.clone(), FixedConnections::build([acme])?)
        .tokens(host.clone())
        .without_organization("/api/repositories") // its handlers ask with `require` and `pending`
        .build()?;
    // [/builder]
    Ok((App { host, sso }, idp))
}

#[allow(clippy::print_stdout)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    let (base, api_token) = (format!("http://{}", listener.local_addr()?), format!("api_{}", random()?));
    let (app, _idp) = build(&base, &api_token).await?;
    println!(
        "Open {base}/ and sign in as ada@acme.example, password: correct horse.\n\
         At Acme's identity provider, her password is lovelace.\n\n\
         A script of hers has the API token {api_token}. Try:\n\n\
         curl -i {base}/api/repositories\n\
         curl -i {base}/api/repositories -H 'authorization: Bearer {api_token}'\n\
         curl -i {base}/api/repositories/7 -H 'authorization: Bearer {api_token}'\n\n\
         Then open {base}/sso/1/tokens, authorize the token, and try again."
    );
    axum::serve(listener, router(app)).await?;
    Ok(())
}
