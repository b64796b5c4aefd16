//! The page with an organization's newest audit events.

use maud::{Markup, html};
use tower_sso::{
    AccountId,
    audit_log::{AuditLevel, AuditRecord},
};

use super::{
    layout::{Page, page},
    parts::when,
};
use crate::visit::{Here, Visit};

pub(crate) fn activity(visit: &Visit, here: &Here, events: &[AuditRecord]) -> Page {
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

fn row(visit: &Visit, event: &AuditRecord) -> Markup {
    let named = |account: Option<&AccountId>| {
        account.and_then(|it| visit.hub.model.user(it)).map_or("–", |it| it.name.as_str())
    };
    html! {
        tr id=(event.reference) {
            td { (when(event.at)) }
            td { span.action.bad[event.level != AuditLevel::Info] { (event.name) } }
            td { (named(event.account.as_ref())) }
            td { (detail(event)) }
            td { @if event.actor.is_some() { (named(event.actor.as_ref())) } }
            td { @if let Some(network) = &event.network { code { (network) } } }
            td { code { (event.reference) } }
        }
    }
}

/// Returns the details of an event that an administrator needs besides its name.
fn detail(event: &AuditRecord) -> String {
    let text = |name: &str| event.details.get(name).map(String::as_str);
    match event.name.as_str() {
        "session.revoked" => match (text("count"), text("scope")) {
            (Some(count), Some(scope)) => format!("{count} by {scope}"),
            (count, scope) => count.or(scope).unwrap_or_default().to_owned(),
        },
        "groups.applied" => format!("in {}", text("count").unwrap_or("some")),
        "audit.dropped" => format!("{} events are missing here", text("count").unwrap_or("some")),
        _ => match (text("kind").or_else(|| text("verb")), text("detail"), text("link")) {
            (Some(kind), Some(detail), _) => format!("{kind}: {detail}"),
            (Some(kind), None, _) => kind.to_owned(),
            (None, _, Some(link)) => format!("link {link:.8}"),
            (None, _, None) => text("reason").or_else(|| text("what")).unwrap_or_default().to_owned(),
        },
    }
}
