//! The layers, and the pages for signing in and out.

use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, Redirect},
    routing::{get, post},
};
use axum_login::{
    AuthManagerLayerBuilder, login_required,
    tower_sessions::{SessionManagerLayer, cookie::SameSite},
};
use tower_sessions_sqlx_store::SqliteStore;
use tower_sso::{ReturnPath, Sso, Viewer};

use crate::{
    plans::plans,
    sso::viewer,
    users::{AuthSession, Backend, Credentials},
};

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

#[derive(serde::Deserialize)]
struct Next {
    next: Option<String>,
}

async fn login(
    mut auth: AuthSession,
    Query(Next { next }): Query<Next>,
    Form(given): Form<Credentials>,
) -> Result<Redirect, StatusCode> {
    let user = auth.authenticate(given).await.map_err(failed)?.ok_or(StatusCode::FORBIDDEN)?;
    // This gives the session another id. Nobody was signed in with the earlier one: tower-sso does not know it.
    auth.login(&user).await.map_err(failed)?;
    // Only a path of this site is accepted.
    let next = next.as_deref().and_then(ReturnPath::parse).unwrap_or_else(ReturnPath::root);
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
