//! The frame of every page: the bar, the banner, and the strip with the layer's decision.

use axum::response::Html;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use tower_sso::token::CredentialKind;

use super::parts::when;
use crate::visit::Visit;

/// A complete page, as a response.
pub(crate) type Page = Html<String>;

/// Puts `main`, which contains the page's only `h1`, into a page.
pub(super) fn page(visit: &Visit, title: &str, main: &Markup) -> Page {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (visit.hub.title) }
                link rel="icon" href="/assets/mark.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/hub.css";
                // The colors of the banner.
                link rel="stylesheet" href="/assets/sso.css";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                (bar(visit))
                @if let Some(banner) = visit.hub.sso.banner(&visit.parts, &visit.pending) { (PreEscaped(banner)) }
                main #main tabindex="-1" { (main) }
                (strip(visit))
            }
        }
    };
    Html(page.into_string())
}

/// Returns a page with one sentence.
pub(crate) fn message(visit: &Visit, title: &str, sentence: &str) -> Page {
    let main = html! {
        div.message {
            h1 { (title) }
            p { (sentence) }
            p { a.button href="/" { "To the front page" } }
        }
    };
    page(visit, title, &main)
}

/// Returns the page for a request that failed on the hub's side. It shows nothing that would have to be looked up.
pub(crate) fn unavailable() -> Page {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Not done" }
                link rel="stylesheet" href="/assets/hub.css";
            }
            body {
                main #main {
                    div.message {
                        h1 { "Not done" }
                        p {
                            "The hub can’t read or save its records at the moment. It has not confirmed what you asked for. "
                            "Try again in a moment. If that does not help, tell the operator of the hub: its log says why."
                        }
                        p { a.button href="/" { "To the front page" } }
                    }
                }
            }
        }
    };
    Html(page.into_string())
}

fn bar(visit: &Visit) -> Markup {
    html! {
        header.bar {
            a.brand href="/" { img src="/assets/mark.svg" alt="" width="28" height="28"; (visit.hub.title) }
            nav aria-label="Account" {
                @match visit.user() {
                    Some(user) => {
                        a.me href="/settings" { (user.name) }
                        form #sign-out method="post" action="/sign-out" { button.plain type="submit" { "Sign out" } }
                    }
                    None => a.button.small href=(crate::directory::sign_in_path(&visit.path())) { "Sign in" },
                }
            }
        }
    }
}

fn strip(visit: &Visit) -> Markup {
    let decision = &visit.decision;
    html! {
        footer.strip aria-label="What the layer decided, and why" {
            p {
                span.row title="Row of the decision table" { "Row " (decision.row) }
                span {
                    strong { (decision.verdict) } ". " (decision.reason)
                    @if let Some(until) = decision.until { " It lasts until " (when(until)) "." }
                }
            }
            p.who { (who(visit)) }
        }
    }
}

fn who(visit: &Visit) -> Markup {
    html! {
        @match (visit.name(), visit.credential()) {
            (Some(name), Some(credential)) => {
                span { (name) }
                @if let Some(membership) = &visit.membership { span { (membership) } }
                @match credential.kind {
                    CredentialKind::Session => {}
                    CredentialKind::Token => span { "by API token" },
                    CredentialKind::OrganizationToken => span { "by a token of the organization" },
                }
            }
            (None, _) | (_, None) => span { "Nobody is signed in" },
        }
    }
}
