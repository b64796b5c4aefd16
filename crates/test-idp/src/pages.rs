//! The pages. They are plain HTML, work without scripts, and load nothing from other sites.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::{here::Here, state::pending::Pending, user::TestUser};

const STYLE: &str = include_str!("pages.css");
const SUBMIT: &str = "document.forms[0].submit()";

/// The sign-in form.
pub(crate) fn sign_in(here: &Here, key: &str, request: &Pending, problem: Option<&str>) -> Response {
    let settings = here.idp.settings();
    let hint = request.login_hint().unwrap_or_default();
    let body = html! {
        h1 { "Sign in" }
        p { "to go on to " strong { (request.app()) } }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        form method="post" action=(here.at("/sign-in")) {
            input type="hidden" name="request" value=(key);
            label for="email" { "Email address" }
            input #email type="email" name="email" value=(hint) autocomplete="username" required autofocus[hint.is_empty()];
            label for="password" { "Password" }
            input #password type="password" name="password" autocomplete="current-password" required autofocus[!hint.is_empty()];
            button type="submit" { "Sign in" }
        }
        @if settings.pick_list && !settings.users.is_empty() {
            form method="post" action=(here.at("/sign-in")) aria-labelledby="pick" {
                h2 #pick { "Or pick a user of this test provider" }
                input type="hidden" name="request" value=(key);
                ul {
                    @for user in &settings.users {
                        li { button.pick type="submit" name="pick" value=(user.email) {
                            strong { (user.display_name()) } span { (user.email) }
                        } }
                    }
                }
            }
        }
    };
    page(here.title(), "Sign in", StatusCode::OK, false, &body)
}

/// The front page: who is signed in, and the apps.
pub(crate) fn home(here: &Here, user: Option<&TestUser>) -> Response {
    let tiles = here.idp.tiles(&here.issuer, user);
    let body = html! {
        h1 { "Front page" }
        @match user {
            Some(user) => {
                p { "You are signed in as " strong { (user.display_name()) } " (" (user.email) ")." }
                p { a href=(here.at("/sign-out")) { "Sign out" } }
                @if here.idp.has_single_logout() {
                    p { a href=(here.at("/saml/sign-out")) { "Sign out here and at the apps" } }
                }
            }
            None => p { "Nobody is signed in here." }
        }
        @if !tiles.is_empty() {
            h2 { "Apps" }
            ul { @for (client, address) in tiles { li { a href=(address) { (client) } } } }
        }
        p.small { "An OpenID and SAML provider for tests. Issuer: " code { (here.issuer) } }
    };
    page(here.title(), "Front page", StatusCode::OK, false, &body)
}

/// A page with one sentence.
pub(crate) fn message(here: &Here, status: StatusCode, sentence: &str) -> Response {
    let heading = if status.is_success() { "Signed out" } else { "This does not work" };
    let body = html! {
        h1 { (heading) }
        p role=[(!status.is_success()).then_some("alert")] { (sentence) }
        p { a href=(here.at("/")) { "To the front page" } }
    };
    page(here.title(), heading, status, false, &body)
}

/// Returns a message in a form that submits itself (OAuth 2.0 Form Post Response Mode, SAML bindings §3.5).
pub(crate) fn form_post(heading: &str, address: &str, params: &[(String, String)]) -> Response {
    let body = html! {
        h1 { (heading) }
        form method="post" action=(address) {
            @for (name, value) in params { input type="hidden" name=(name) value=(value); }
            button type="submit" { "Continue" }
        }
        script { (PreEscaped(SUBMIT)) }
    };
    page("Test provider", heading, StatusCode::OK, true, &body)
}

fn page(title: &str, heading: &str, status: StatusCode, submits: bool, body: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (heading) " – " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { p.provider { (title) } (body) } }
        }
    };
    // There is no form-action: browsers also apply it to the redirect after the form, which leads to the app.
    let script = if submits { source(SUBMIT) } else { "'none'".to_owned() };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {script}; base-uri 'none'; frame-ancestors 'none'",
        source(STYLE)
    );
    let Ok(policy) = HeaderValue::from_str(&policy) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, markup.into_string()).into_response()
}

fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}
