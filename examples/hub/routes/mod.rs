//! The hub's routes.

mod api;
mod assets;
mod delete;
mod events;
mod git;
mod home;
mod join_links;
mod members;
mod organization;
mod profile;
mod register;
mod reload;
mod repository;
mod sessions;
mod settings;
mod sign_in;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};

use crate::{app::Hub, visit::Visit};

/// Returns the routes of the pages. Every page of an organization captures it as `org`, which the layer reads.
pub(crate) fn pages() -> Router<Hub> {
    Router::new()
        .route("/", get(home::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::submit))
        .route("/register", get(register::page).post(register::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/settings", get(settings::page))
        .route("/settings/tokens", post(settings::create_token))
        .route("/settings/tokens/revoke", post(settings::revoke_token))
        .route("/settings/emails/remove", post(settings::remove_email))
        .route("/settings/sessions/end", post(sessions::end_mine))
        .route("/{org}", get(organization::page))
        .route("/{org}/activity", get(organization::activity))
        .route("/{org}/sessions", get(sessions::page))
        .route("/{org}/sessions/end", post(sessions::end_theirs))
        .route("/{org}/members/unlink", post(members::unlink))
        .route("/{org}/reload", post(reload::submit))
        .route("/{org}/join-links", get(join_links::page).post(join_links::make))
        .route("/{org}/join-links/revoke", post(join_links::revoke))
        .route("/{org}/{repo}", get(repository::page))
        .route("/{org}/{repo}/delete", get(delete::page).post(delete::submit))
        .route("/{org}/{repo}/git/{*path}", get(git::file))
        .route("/{org}/{repo}/events", get(events::stream))
        .route("/assets/hub.css", get(assets::style))
        .route("/assets/sso.css", get(assets::sso_style))
        .route("/assets/mark.svg", get(assets::mark))
        // Browsers request this icon if a page names no icon.
        .route("/favicon.ico", get(assets::mark))
}

/// Returns the routes whose handlers report themselves that a form is too large.
pub(crate) fn large_forms() -> Router<Hub> {
    Router::new().route("/{org}/profile", get(profile::page).post(profile::submit))
}

/// Returns the routes of the API. API tokens and browsers can use them.
pub(crate) fn api() -> Router<Hub> {
    Router::new()
        .route("/api/user", get(api::user))
        .route("/api/repos", get(api::repositories))
        .route("/api/repos/{id}", get(api::repository))
        .route("/api/orgs/{org}/repos", get(api::of_organization))
}

/// Answers for unknown addresses. It is outside the layer, because such an address belongs to no organization.
pub(crate) async fn not_found(visit: Visit) -> Response {
    visit.not_found()
}
