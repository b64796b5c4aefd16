//! The settings page of the viewer.

use maud::{Markup, html};
use tower_sso::session::SessionPage;

use super::{
    layout::{Page, page},
    parts::when,
    sessions::mine,
};
use crate::{model::User, visit::Visit};

/// Renders the page. `secret` is the secret of a token that was just created.
pub(crate) fn settings(
    visit: &Visit,
    user: &User,
    sessions: &SessionPage,
    secret: Option<&str>,
    problem: Option<&str>,
) -> Page {
    let tokens = visit.hub.credentials.tokens_of(&user.id);
    let emails = user.emails.all();
    let main = html! {
        h1 { "Settings" }
        @if let Some(secret) = secret { (made(visit, secret)) }
        section.panel aria-labelledby="account" {
            h2 #account { "Account" }
            dl.facts {
                dt { "Name" } dd { (user.name) }
                dt { "Email addresses" }
                dd {
                    ul.rows {
                        @for email in &emails {
                            li {
                                span { (email) }
                                @if emails.len() > 1 {
                                    form method="post" action="/settings/emails/remove" {
                                        input type="hidden" name="email" value=(email);
                                        button.plain type="submit" aria-label={ "Remove " (email) } { "Remove" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p.quiet { "An SSO login ends with the address that it stood on." }
        }
        section.panel aria-labelledby="tokens" {
            h2 #tokens { "API tokens" }
            p.quiet {
                "Sent as " code { "Authorization: Bearer" } ", or as the password of " code { "Basic" }
                ". An organization that enforces single sign-on takes a token once you have authorized it there."
            }
            @if !tokens.is_empty() {
                ul.rows {
                    @for token in &tokens {
                        li {
                            span { strong { (token.name) } " " span.quiet { "made " (when(token.made_at)) } }
                            form method="post" action="/settings/tokens/revoke" {
                                input type="hidden" name="token" value=(token.id);
                                button.plain type="submit" aria-label={ "Revoke " (token.name) } { "Revoke" }
                            }
                        }
                    }
                }
            }
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            form.line #new-token method="post" action="/settings/tokens" {
                label for="name" { "Name of a new token" }
                input #name type="text" name="name" maxlength="60" placeholder="laptop" required autocomplete="off";
                button type="submit" { "Create token" }
            }
        }
        (mine(visit, sessions))
    };
    page(visit, "Settings", &main)
}

fn made(visit: &Visit, secret: &str) -> Markup {
    html! {
        section.panel.made role="status" aria-labelledby="made" {
            h2 #made { "Your new token" }
            p { "Copy it now. It is shown this once." }
            p { code #token { (secret) } }
            p.quiet { "Try it:" }
            pre tabindex="0" { code { "curl -i -H 'Authorization: Bearer " (secret) "' " (visit.hub.origin) "/api/repos" } }
        }
    }
}
