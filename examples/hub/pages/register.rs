//! The page where a new user, whose identity an organization's provider confirms, creates an account.

use maud::{Markup, html};
use tower_sso::{ReturnPath, join::NewUser};

use super::layout::{Page, page};
use crate::{directory::sign_in_path, visit::Visit};

/// Renders the page. If `taken`, an account already has the user's address.
pub(crate) fn register(
    visit: &Visit,
    new_user: &NewUser,
    claim: &ReturnPath,
    taken: bool,
    problem: Option<&str>,
) -> Page {
    let organization = visit.hub.model.organization(new_user.organization());
    let organization = organization.map_or("the organization", |it| it.name.as_str());
    let main = html! {
        div.sign-in {
            section.panel {
                h1 { @if taken { "You have an account" } @else { "Make an account" } }
                p { (organization) " vouches for " strong { (new_user.email()) } "." }
                @if taken {
                    p { "An account here has that address. Sign in to it, and it becomes a member of " (organization) "." }
                    p { a.button href=(sign_in_path(claim)) { "Sign in" } }
                } @else {
                    (form(new_user, problem))
                }
            }
        }
    };
    page(visit, "Make an account", &main)
}

fn form(new_user: &NewUser, problem: Option<&str>) -> Markup {
    let name = new_user.identity().profile().attributes().get("name").and_then(|name| name.as_str());
    html! {
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        form.fields #register method="post" action="/register" {
            input type="hidden" name="ticket" value=(new_user.ticket().expose());
            label for="name" { "Name" }
            input #name type="text" name="name" value=[name] maxlength="60" autocomplete="name" required;
            label for="password" { "A password for this hub" }
            input #password type="password" name="password" minlength="8" autocomplete="new-password" required autofocus;
            button type="submit" { "Make the account" }
        }
    }
}
