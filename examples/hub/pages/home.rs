//! The front page.

use std::time::SystemTime;

use maud::{Markup, html};

use super::{
    layout::{Page, page},
    parts::{lasts, repositories},
};
use crate::{directory::sign_in_path, model::Organization, visit::Visit};

/// One of the viewer's organizations.
pub(crate) struct Card<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) membership: &'static str,
    pub(crate) state: State,
}

/// The viewer's state with the organization's single sign-on.
pub(crate) enum State {
    /// An SSO login is required first, at this address.
    Required(String),
    /// An SSO login is offered, at this address.
    Offered(String),
    LoggedIn(SystemTime),
    NotRequired(&'static str),
}

pub(crate) fn home(visit: &Visit, cards: &[Card<'_>]) -> Page {
    let model = &visit.hub.model;
    let shown = model
        .organizations()
        .filter(|it| !visit.is_locked(&it.id))
        .flat_map(|it| it.visible(visit.account()).map(move |repository| (&**it, repository)));
    let shown: Vec<_> = shown.collect();
    let main = html! {
        (hero(visit))
        @if !cards.is_empty() {
            section aria-labelledby="organizations" {
                h2 #organizations { "Your organizations" }
                ul.cards { @for card in cards { (organization(visit, card)) } }
            }
        }
        section aria-labelledby="repositories" {
            h2 #repositories { @if visit.user().is_some() { "Repositories you can see" } @else { "Public repositories" } }
            @if shown.is_empty() { p.quiet { "None." } }
            (repositories(shown.into_iter()))
            (left_out(visit))
        }
        @if visit.hub.shows_accounts && visit.user().is_some() { (things_to_try(visit)) }
    };
    page(visit, "Home", &main)
}

fn hero(visit: &Visit) -> Markup {
    html! {
        @match visit.user() {
            Some(user) => div.hero {
                h1 { "Hello, " (user.name) }
                p { (user.emails.all().join(" · ")) }
            },
            None => div.hero {
                h1 { "A hub for repositories" }
                p {
                    "What is public is open to anybody. Organizations decide whether their members log in with SSO with an \
                     identity provider before they get to the rest."
                }
                p { a.button href=(sign_in_path(&visit.path())) { "Sign in" } }
            },
        }
    }
}

fn organization(visit: &Visit, card: &Card<'_>) -> Markup {
    let organization = card.organization;
    html! {
        li.card {
            h3 { a href={ "/" (organization.slug) } { (organization.name) } }
            p.quiet { "You are " (article(card.membership)) (card.membership) "." }
            p.state {
                @match &card.state {
                    State::Required(url) => {
                        span.dot.required { "SSO login required" }
                        a.button.small href=(url) aria-label={ "Log in with SSO to " (organization.name) } { "Log in with SSO" }
                    }
                    State::Offered(url) => {
                        span.dot.offered { "SSO login offered" }
                        a.button.small.second href=(url) aria-label={ "Log in with SSO to " (organization.name) } { "Log in with SSO" }
                    }
                    State::LoggedIn(until) => span.dot.fresh { "Logged in with SSO, " (lasts(*until, visit.now)) " left" },
                    State::NotRequired(why) => span.dot { (why) },
                }
            }
        }
    }
}

fn article(membership: &str) -> &'static str {
    match membership {
        "not a member" => "",
        _ if membership.starts_with(['a', 'e']) => "an ",
        _ => "a ",
    }
}

/// Renders what the list leaves out, and how to get access to it.
fn left_out(visit: &Visit) -> Markup {
    html! {
        @for required in &visit.pending.required {
            p.note {
                span { "Repositories of " strong { (required.name) } " are left out until you log in with SSO." }
                a href=(visit.login_url(required)) { "Log in with SSO to " (required.name) }
            }
        }
    }
}

fn things_to_try(visit: &Visit) -> Markup {
    html! {
        section.try aria-labelledby="try" {
            h2 #try { "Things to try" }
            ol {
                li { "Open an organization that says “SSO login required”: you go to its provider and come back to where you wanted to be." }
                li { "Log in with SSO there as somebody else: it is refused with a reference, which an admin finds under the organization’s activity." }
                li { "Make an " a href="/settings" { "API token" } " and ask " code { "curl -i -H 'Authorization: Bearer …' " (visit.hub.origin) "/api/repos" } ": what needs an SSO login is left out, and a header says so." }
                li { "Keep a repository’s event stream open in one tab and sign out in another: the stream ends." }
                li { "As an administrator, delete a repository: your provider is asked for an SSO login of a stronger kind first." }
                li { "Come back as somebody else: a non-member or an external collaborator is never asked." }
            }
        }
    }
}
