//! The page with an organization's newest audit events.

use maud::{Markup, html};
use tower_sso::AccountId;

use super::{
    layout::{Page, page},
    parts::when,
};
use crate::{
    activity::Entry,
    visit::{Here, Visit},
};

pub(crate) fn activity(visit: &Visit, here: &Here, events: &[Entry]) -> Page {
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

fn row(visit: &Visit, event: &Entry) -> Markup {
    let named = |account: Option<&AccountId>| {
        account.and_then(|it| visit.hub.model.user(it)).map_or("–", |it| it.name.as_str())
    };
    html! {
        tr id=(event.reference) {
            td { (when(event.at)) }
            td { span.action.bad[event.is_bad] { (event.action) } }
            td { (named(event.account.as_ref())) }
            td { (event.detail) }
            td { @if event.actor.is_some() { (named(event.actor.as_ref())) } }
            td { @if let Some(network) = &event.network { code { (network) } } }
            td { code { (event.reference) } }
        }
    }
}
