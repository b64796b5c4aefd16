//! The layers, and the pages.

use std::collections::HashMap;

use axum::{
    Extension, Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, Redirect},
    routing::{get, post},
};
use axum_login::{AuthManagerLayerBuilder, AuthUser, login_required};
use axum_login::{tower_sessions::SessionManagerLayer, tower_sessions::cookie::SameSite};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sso::{OrgId, ReturnPath, Sso, SsoPass, Viewer};

use crate::sso::viewer;
use crate::users::{AuthSession, Backend, Credentials};

/// A request meets axum-login first, then tower-sso, then `login_required!`, then a page.
pub fn app(sso: Sso, backend: Backend, sessions: SqliteStore) -> Router {
    // `with_secure(false)` is only for http on loopback.
    let sessions = SessionManagerLayer::new(sessions).with_secure(false).with_same_site(SameSite::Lax);
    let auth_layer = AuthManagerLayerBuilder::new(backend, sessions).build();
    let app = Router::new()
        .route("/{org}/plans", get(plans))
        .route("/", get(Html(include_str!("home.html"))))
        .route("/new-session-id", post(new_session_id))
        .route_layer(login_required!(Backend, login_url = "/login"))
        .route("/login", get(Html(include_str!("login.html"))).post(login))
        .route("/logout", post(logout));
    sso.guard(app).layer(auth_layer).with_state(sso)
}

/// A page of an organization. The layer has checked each request: `SsoPass` says so, and `OrgId` is the organization that
/// it found. Who may see the page is still the decision of the app, which shows it to members only.
// [plans]
pub async fn plans(_: SsoPass, org: Extension<OrgId>, auth: AuthSession) -> Result<&'static str, StatusCode> {
    let query = sqlx::query("select 1 from members where org_id = ? and user_id = ?");
    let query = query.bind(org.to_string()).bind(auth.user.map(|user| user.id()));
    let row = query.fetch_optional(&auth.backend.db).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    row.map(|_| "These are the plans.").ok_or(StatusCode::NOT_FOUND)
}
// [/plans]

async fn login(
    mut auth: AuthSession,
    Query(query): Query<HashMap<String, String>>,
    Form(given): Form<Credentials>,
) -> Result<Redirect, StatusCode> {
    let user = auth.authenticate(given).await.map_err(failed)?.ok_or(StatusCode::FORBIDDEN)?;
    // This gives the session another id. Nobody was signed in with the earlier one: tower-sso does not know it.
    auth.login(&user).await.map_err(failed)?;
    // Only a path of this site is accepted.
    let next = query.get("next").and_then(|next| ReturnPath::parse(next)).unwrap_or_else(ReturnPath::root);
    Ok(Redirect::to(next.as_str()))
}

// [logout]
pub async fn logout(State(sso): State<Sso>, mut auth: AuthSession) -> Result<Redirect, StatusCode> {
    if let Viewer::SignedIn(viewer) = crate::sso::viewer(&auth) {
        sso.signed_out(&viewer.credential).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    }
    auth.logout().await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Redirect::to("/login"))
}
// [/logout]

// [cycle]
/// Gives the session another id. An app does this when the person gets more rights.
async fn new_session_id(State(sso): State<Sso>, auth: AuthSession) -> Result<Redirect, StatusCode> {
    let old = viewer(&auth);
    auth.session.cycle_id().await.map_err(failed)?;
    // The session has no id until it is saved.
    auth.session.save().await.map_err(failed)?;
    if let (Viewer::SignedIn(old), Viewer::SignedIn(new)) = (old, viewer(&auth)) {
        // If this fails, the person has to log in with SSO again. The answer must not be an error: the browser would
        // not get the new cookie.
        sso.rebind(&new.account, &old.credential.id, &new.credential.id).await.map_err(failed).ok();
    }
    Ok(Redirect::to("/"))
}

fn failed(error: impl std::fmt::Display) -> StatusCode {
    tracing::error!(%error);
    StatusCode::INTERNAL_SERVER_ERROR
}
// [/cycle]
