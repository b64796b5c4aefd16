//! The page that shows what an SSO login would do: an administrator enters a profile, and the connection's rules are
//! applied to it.

use maud::{Markup, html};
use tower_sso::{
    Connection,
    connection::ClaimProblem,
    identity::Protocol,
    roles::{Groups, OtherGroups, RoleDecision, RoleOutcome},
};

use super::layout::{Page, page};
use crate::visit::{Here, Visit};

/// What the administrator entered, and the result.
#[derive(Default)]
pub(crate) struct Tried {
    pub(crate) text: String,
    pub(crate) invited_as: String,
    pub(crate) came: Option<Result<Came, String>>,
}

/// The result of applying a connection's rules to a profile.
pub(crate) struct Came {
    /// Why the SSO login would be refused, if it would be.
    pub(crate) refused: Option<ClaimProblem>,
    /// The role, or `None` if the connection has no role mapping.
    pub(crate) role: Option<RoleDecision>,
    pub(crate) groups: Groups,
}

pub(crate) fn profile(visit: &Visit, here: &Here, tried: &Tried) -> Page {
    let organization = &here.organization;
    let slug = organization.slug.as_str();
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" { a href={ "/" (slug) } { (organization.name) } span aria-hidden="true" { "/" } }
        div.hero {
            h1 { "Try a profile" }
            p { "What the identity provider says about somebody, and what their SSO login would come to. Nobody is logged in with SSO, and nothing is kept." }
        }
        @match here.connection.as_deref() {
            None => p.quiet { (organization.name) " has no single sign-on." },
            Some(connection) => {
                @match &tried.came {
                    None => {}
                    Some(Err(problem)) => p.problem role="alert" { (problem) },
                    Some(Ok(came)) => (outcome(came)),
                }
                (form(slug, connection, tried))
            }
        }
    };
    page(visit, &format!("Try a profile at {}", organization.name), &main)
}

fn form(slug: &str, connection: &Connection, tried: &Tried) -> Markup {
    let (label, example) = match connection.protocol() {
        Protocol::Oidc => (
            "Claims of the ID token and of userinfo, as one JSON object",
            "{\n  \"email\": \"ada@acme.example\",\n  \"groups\": [\"flight\"]\n}",
        ),
        Protocol::Saml => (
            "Attributes of the assertion, as one JSON object: each name with a value, or a list of them",
            "{\n  \"email\": [\"grace@globex.example\"],\n  \"groups\": [\"owners\"]\n}",
        ),
    };
    html! {
        form.panel.fields #try method="post" action={ "/" (slug) "/profile" } {
            label for="profile" { (label) }
            textarea #profile name="profile" rows="12" maxlength="100000" required spellcheck="false" autocomplete="off" placeholder=(example) { "\n" (tried.text) }
            label for="invited" { "Role of their invitation" }
            select #invited name="invited_as" {
                option value="" { "none" }
                @for role in connection.known_roles().names() {
                    option value=(role) selected[role == tried.invited_as] { (role) }
                }
            }
            button type="submit" { "Try" }
        }
    }
}

fn outcome(came: &Came) -> Markup {
    html! {
        section.panel #outcome role="status" aria-labelledby="came" {
            h2 #came { "What it comes to" }
            dl.facts {
                dt { "SSO login" }
                dd {
                    @match &came.refused {
                        None => "allowed, as far as the profile says: the address is compared with the account’s at the SSO login",
                        Some(problem) => { span.bad { "refused" } ": " (problem) }
                    }
                }
                dt { "Role" }
                @match &came.role {
                    None => dd { "the hub’s own: the connection maps none" },
                    Some(decision) => {
                        dd { strong { (role(decision)) } }
                        dt { "Why" }
                        dd { (decision) }
                    }
                }
                dt { "Teams" }
                dd { (teams(&came.groups)) }
            }
        }
    }
}

fn role(decision: &RoleDecision) -> String {
    match &decision.outcome {
        RoleOutcome::Mapped(role) => format!("{role}, mapped"),
        RoleOutcome::Default(role) => format!("{role}, by default"),
        RoleOutcome::Unknown => "unknown: the role does not change".to_owned(),
    }
}

fn teams(groups: &Groups) -> Markup {
    html! {
        @if let Some(unknown) = &groups.unknown {
            "unchanged, for " (unknown)
        } @else if groups.matched.is_empty() {
            "none"
        } @else {
            ul.rows {
                @for it in &groups.matched {
                    li { span { (it.group) ", by the value “" (it.value) "”" } span.quiet { (it.role) } }
                }
            }
        }
        @if groups.unknown.is_none() {
            @match groups.others {
                OtherGroups::Keep => p.quiet { "Other teams stay." },
                OtherGroups::Remove => p.quiet { "Other teams that an SSO login gave go." },
            }
        }
    }
}
