//! The page with an organization's newest audit events.

use maud::{Markup, html};
use tower_sso::{
    AccountId,
    audit::{Action, AuditEvent},
};

use super::{
    layout::{Page, page},
    parts::when,
};
use crate::visit::{Here, Visit};

pub(crate) fn activity(visit: &Visit, here: &Here, events: &[AuditEvent]) -> Page {
    let organization = &here.organization;
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" { a href={ "/" (organization.slug) } { (organization.name) } span aria-hidden="true" { "/" } }
        div.hero {
            h1 { "Activity" }
            p { "What happened with single sign-on, newest first. The reference on a person’s error page is listed here too." }
        }
        @if events.is_empty() {
            p.quiet { "Nothing yet." }
        } @else {
            div.table role="region" aria-label="Events" tabindex="0" {
                table {
                    thead { tr {
                        th scope="col" { "Time" } th scope="col" { "Action" } th scope="col" { "Account" }
                        th scope="col" { "Detail" } th scope="col" { "By" } th scope="col" { "From" } th scope="col" { "Reference" }
                    } }
                    tbody { @for event in events { (row(visit, event)) } }
                }
            }
        }
    };
    page(visit, &format!("Activity of {}", organization.name), &main)
}

fn row(visit: &Visit, event: &AuditEvent) -> Markup {
    let named = |account: Option<&AccountId>| {
        account.and_then(|it| visit.hub.model.user(it)).map_or("–", |it| it.name.as_str())
    };
    html! {
        tr id=(event.reference) {
            td { (when(event.at)) }
            td { span.action.bad[is_bad(&event.action)] { (event.action.name()) } }
            td { (named(event.account.as_ref())) }
            td { (detail(&event.action)) }
            td { @if event.actor.is_some() { (named(event.actor.as_ref())) } }
            td { @if let Some(network) = event.network { code { (network) } } }
            td { code { (event.reference) } }
        }
    }
}

fn is_bad(action: &Action) -> bool {
    matches!(action, Action::LoginRefused { .. } | Action::LookupFailed { .. } | Action::Misplaced { .. })
}

/// Returns the details of an event that an administrator needs besides the action's name.
fn detail(action: &Action) -> String {
    if let Action::LoginRefused { kind, detail } = action {
        let detail = detail.as_ref().map(|detail| format!(": {detail}"));
        format!("{}{}", kind.as_str(), detail.unwrap_or_default())
    } else if let Action::SessionRevoked { scope, count } = action {
        format!("{count} by {scope}")
    } else if let Action::RoleApplied { reason, .. }
    | Action::RoleUnknown { reason }
    | Action::RoleKeptLastAdmin { reason }
    | Action::GroupsUnknown { reason } = action
    {
        reason.clone()
    } else if let Action::JoinLinkCreated { link }
    | Action::JoinLinkRevoked { link }
    | Action::NewUserHandedOver { link, .. }
    | Action::MemberJoined { link } = action
    {
        format!("link {:.8}", link.as_str())
    } else if let Action::GroupsApplied { count, .. } = action {
        format!("in {count}")
    } else if let Action::LookupFailed { verb, detail } = action {
        format!("{verb}: {detail}")
    } else if let Action::ConnectionChanged { what } | Action::Expiring { what, .. } = action {
        (*what).to_owned()
    } else if let Action::Misplaced { kind } = action {
        (*kind).to_owned()
    } else {
        String::new()
    }
}
