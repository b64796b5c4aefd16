//! An organization's page.

use maud::{Markup, html};
use tower_sso::{AccountId, Connection, SsoPass, connection::Enforcement, identity::Protocol};

use super::{
    layout::{Page, page},
    parts::{lasts, length, repositories, when},
};
use crate::{
    model::{Organization, Role},
    visit::{Here, Visit},
};

pub(crate) fn organization(visit: &Visit, here: &Here) -> Page {
    let organization = &here.organization;
    let account = visit.account();
    let shown: Vec<_> = organization.visible(account).map(|it| (&**organization, it)).collect();
    let member = account.is_some_and(|account| organization.membership(account).is_some());
    let admin = account.is_some_and(|account| organization.is_admin(account));
    let main = html! {
        div.hero {
            h1 { (organization.name) }
            @if !organization.description.is_empty() { p { (organization.description) } }
            @if admin {
                p.buttons {
                    a.button.second href={ "/" (organization.slug) "/activity" } { "Activity" }
                    a.button.second href={ "/" (organization.slug) "/sessions" } { "Sessions" }
                    @if here.connection.is_some() {
                        a.button.second href={ "/" (organization.slug) "/profile" } { "Try a profile" }
                        a.button.second href={ "/" (organization.slug) "/join-links" } { "Join links" }
                    }
                }
            }
        }
        div.columns {
            section aria-labelledby="repositories" {
                h2 #repositories { "Repositories" }
                @if shown.is_empty() { p.quiet { "None that you can see." } }
                (repositories(shown.into_iter()))
            }
            div {
                (log_in(visit, here.connection.as_deref(), &here.pass))
                @if admin && visit.hub.connections.file().is_some() {
                    form #reload method="post" action={ "/" (organization.slug) "/reload" } {
                        button.second type="submit" { "Read the file of connections again" }
                    }
                }
                @if member { (people(visit, organization, admin && here.connection.is_some())) (teams(visit, organization)) }
                @if matches!(here.pass, SsoPass::Fresh(_)) {
                    p { a href=(visit.hub.sso.tokens_url(&organization.id)) { "Your API tokens for " (organization.name) } }
                }
            }
        }
    };
    page(visit, &organization.name, &main)
}

/// Renders a summary of the connection, and the viewer's state with it.
fn log_in(visit: &Visit, connection: Option<&Connection>, pass: &SsoPass) -> Markup {
    html! {
        section.panel aria-labelledby="sso" {
            h2 #sso { "Single sign-on" }
            @match connection {
                None => p.quiet { "None." },
                Some(connection) => dl.facts {
                    dt { "For members" } dd { (enforcement(connection)) }
                    dt { "Protocol" } dd { @match connection.protocol() { Protocol::Oidc => "OpenID Connect", Protocol::Saml => "SAML 2.0" } }
                    dt { "An SSO login lasts" } dd { (length(connection.timeout())) }
                    @if let SsoPass::Fresh(proof) = pass {
                        dt { "Yours ends" } dd { (when(proof.expires_at())) " (" (lasts(proof.expires_at(), visit.now)) ")" }
                    }
                },
            }
            @if let (SsoPass::Fresh(proof), Some(Protocol::Saml)) = (pass, connection.map(Connection::protocol)) {
                form #end-sso method="post" action=(visit.hub.sso.logout_url(&proof.session().organization)) {
                    input type="hidden" name="return_to" value=(visit.path().as_str());
                    button.second type="submit" { "Sign out here and at the provider" }
                }
            }
        }
    }
}

fn enforcement(connection: &Connection) -> Markup {
    html! {
        @match (connection.enforcement(), connection.enforce_from()) {
            (Enforcement::Off, _) => "off",
            (Enforcement::Optional, _) => "optional",
            (Enforcement::Enforced, None) => "enforced",
            (Enforcement::Enforced, Some(date)) => { "enforced from " (when(date)) }
        }
    }
}

/// Renders the members. If `unlinks`, each has a button that removes the account link.
fn people(visit: &Visit, organization: &Organization, unlinks: bool) -> Markup {
    let name =
        |account: &AccountId| visit.hub.model.user(account).map(|it| it.name.as_str()).unwrap_or_default();
    let members = organization.members();
    html! {
        section.panel aria-labelledby="people" {
            h2 #people { "People" }
            ul.rows {
                @for account in &members {
                    li {
                        span { (name(account)) " " span.quiet { (organization.role(account).map_or("", Role::name)) } }
                        @if unlinks {
                            form method="post" action={ "/" (organization.slug) "/members/unlink" } {
                                input type="hidden" name="account" value=(account);
                                button.plain type="submit" aria-label={ "Unlink " (name(account)) " from the provider’s user" } { "Unlink" }
                            }
                        }
                    }
                }
                @for account in &organization.service_accounts {
                    li { span { (name(account)) " " span.quiet { "service account" } } }
                }
                @for token in &organization.tokens {
                    li { span { (token.name) " " span.quiet { "token of the organization" } } }
                }
                @for account in organization.collaborators() {
                    li { span { (name(account)) " " span.quiet { "external collaborator" } } }
                }
            }
        }
    }
}

/// Renders the teams, with the members that SSO logins added to them.
fn teams(visit: &Visit, organization: &Organization) -> Markup {
    let name = |account| visit.hub.model.user(account).map(|it| it.name.as_str()).unwrap_or_default();
    let teams = organization.synchronized.teams();
    html! {
        @if !teams.is_empty() {
            section.panel aria-labelledby="teams" {
                h2 #teams { "Teams" }
                p.quiet { "As the identity provider says, from each person’s last SSO login." }
                ul.rows {
                    @for ((team, account), role) in &teams {
                        li { span { (team) ": " (name(account)) } span.quiet { (role.name()) } }
                    }
                }
            }
        }
    }
}
