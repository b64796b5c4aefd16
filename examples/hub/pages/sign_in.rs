//! The sign-in page.

use maud::{Markup, html};
use tower_sso::ReturnPath;

use super::layout::{Page, page};
use crate::{model::User, visit::Visit};

pub(crate) fn sign_in(visit: &Visit, back: &ReturnPath, problem: Option<&str>, email: &str) -> Page {
    let main = html! {
        div.sign-in {
            section.panel {
                h1 { "Sign in" }
                @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
                form.fields #sign-in method="post" action="/sign-in" {
                    input type="hidden" name="return_to" value=(back);
                    label for="email" { "Email address" }
                    input #email type="email" name="email" value=(email) autocomplete="username" required autofocus[problem.is_none()];
                    label for="password" { "Password" }
                    input #password type="password" name="password" autocomplete="current-password" required autofocus[problem.is_some()];
                    button type="submit" { "Sign in" }
                }
            }
            @if visit.hub.shows_accounts { (accounts(visit, back)) }
        }
    };
    page(visit, "Sign in", &main)
}

/// Renders all accounts, each with a sign-in button. For demonstrations only.
fn accounts(visit: &Visit, back: &ReturnPath) -> Markup {
    html! {
        section aria-labelledby="accounts" {
            h2 #accounts { "Or be one of these" }
            p.quiet { "A demonstration: these are the hub’s own accounts. An organization’s provider asks again, for its own." }
            form #sign-in-as method="post" action="/sign-in" {
                input type="hidden" name="return_to" value=(back);
                ul.accounts { @for user in visit.hub.model.users() { li { (account(visit, user)) } } }
            }
        }
    }
}

fn account(visit: &Visit, user: &User) -> Markup {
    let organizations: Vec<_> = visit
        .hub
        .model
        .organizations_of(&user.id)
        .map(|it| format!("{} of {}", it.standing_name(&user.id), it.name))
        .collect();
    html! {
        div {
            strong { (user.name) }
            p.quiet { @if organizations.is_empty() { "in no organization" } @else { (organizations.join(", ")) } }
            p.secret {
                code { (user.emails.first()) } " "
                @if let Some(password) = &user.password { code { (password.expose()) } }
            }
        }
        button.second type="submit" name="as" value=(user.id) { "Sign in as " (user.name) }
    }
}
