//! Lists of SSO sessions: the viewer's own, and an organization's for its administrators.

use maud::{Markup, html};
use tower_sso::{
    identity::Protocol,
    session::{SessionPage, SsoSession},
    token::CredentialKind,
};

use super::{
    layout::{Page, page},
    parts::{lasts, when},
};
use crate::{
    directory::encoded,
    visit::{Here, Visit},
};

/// Renders the viewer's own sessions, for the settings page.
pub(super) fn mine(visit: &Visit, sessions: &SessionPage) -> Markup {
    html! {
        section.panel aria-labelledby="sso-sessions" {
            h2 #sso-sessions { "Where you have logged in with SSO" }
            @if sessions.sessions.is_empty() { p.quiet { "Nowhere." } }
            ul.rows {
                @for session in &sessions.sessions {
                    @let organization = visit.hub.model.organization(&session.organization);
                    @let name = organization.map_or("An organization that is gone", |it| it.name.as_str());
                    li {
                        span {
                            strong { (name) } " "
                            span.quiet {
                                (by(session)) ", " (protocol(session)) ", from " (when(session.logged_in_at)) ", "
                                (lasts(session.expires_at, visit.now)) " left"
                            }
                        }
                        form method="post" action="/settings/sessions/end" {
                            input type="hidden" name="session" value=(session.id);
                            button.plain type="submit" aria-label={ "End the SSO login to " (name) } { "End" }
                        }
                    }
                }
            }
            @if let Some(next) = &sessions.next {
                p { a href={ "/settings?after=" (encoded(next.as_str())) } { "Older ones" } }
            }
        }
    }
}

/// Renders the sessions of an organization.
pub(crate) fn sessions(visit: &Visit, here: &Here, sessions: &SessionPage) -> Page {
    let organization = &here.organization;
    let slug = organization.slug.as_str();
    let end = |name: &str, value: &str, label: &str, text: &str| {
        html! {
            form method="post" action={ "/" (slug) "/sessions/end" } {
                input type="hidden" name=(name) value=(value);
                button.plain type="submit" aria-label=(label) { (text) }
            }
        }
    };
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" { a href={ "/" (slug) } { (organization.name) } span aria-hidden="true" { "/" } }
        div.hero {
            h1 { "Sessions" }
            p { "Who has logged in with SSO, the newest first. A member whose session is ended must log in with SSO again." }
        }
        @if sessions.sessions.is_empty() {
            p.quiet { "None." }
        } @else {
            div.table role="region" aria-label="Sessions" tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { "Logged in with SSO" } th scope="col" { "Account" } th scope="col" { "With" }
                        th scope="col" { "Protocol" } th scope="col" { "Ends" } th scope="col" { "End" }
                    } }
                    tbody {
                        @for session in &sessions.sessions {
                            @let user = visit.hub.model.user(&session.account);
                            @let name = user.map_or("–", |it| it.name.as_str());
                            tr {
                                td { (when(session.logged_in_at)) }
                                td { (name) }
                                td { (by(session)) }
                                td { (protocol(session)) }
                                td { (when(session.expires_at)) }
                                td {
                                    (end("session", session.id.as_str(), &format!("End this session of {name}"), "This"))
                                    (end("account", session.account.as_str(), &format!("End all of {name}"), "All of theirs"))
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = &sessions.next {
                p { a href={ "/" (slug) "/sessions?after=" (encoded(next.as_str())) } { "Older ones" } }
            }
            form #end-all method="post" action={ "/" (slug) "/sessions/end" } {
                input type="hidden" name="all" value="yes";
                button.second type="submit" aria-label={ "End all sessions of " (organization.name) } { "End all" }
            }
        }
    };
    page(visit, &format!("Sessions of {}", organization.name), &main)
}

fn by(session: &SsoSession) -> &'static str {
    match session.credential.kind {
        CredentialKind::Session => "a browser",
        CredentialKind::Token | CredentialKind::OrganizationToken => "an API token",
    }
}

fn protocol(session: &SsoSession) -> &'static str {
    match session.protocol {
        Protocol::Oidc => "OpenID Connect",
        Protocol::Saml => "SAML 2.0",
    }
}
