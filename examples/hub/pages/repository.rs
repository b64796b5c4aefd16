//! A repository's page.

use maud::{Markup, html};

use super::{
    layout::{Page, page},
    parts::visibility,
};
use crate::{
    model::Repository,
    visit::{Here, Visit},
};

pub(crate) fn repository(visit: &Visit, here: &Here, repository: &Repository) -> Page {
    let organization = &here.organization;
    let path = format!("/{}/{}", organization.slug, repository.name);
    let origin = &visit.hub.origin;
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" { a href={ "/" (organization.slug) } { (organization.name) } span aria-hidden="true" { "/" } }
        div.hero {
            h1 { (repository.name) " " (visibility(repository.visibility)) }
            @if !repository.description.is_empty() { p { (repository.description) } }
        }
        div.columns {
            section.panel.readme aria-labelledby="readme" {
                h2 #readme { "Readme" }
                @if repository.readme.trim().is_empty() { p.quiet { "Nothing yet." } }
                (readme(&repository.readme))
            }
            div {
                section.panel aria-labelledby="live" {
                    h2 #live { "Live" }
                    p.quiet { "An event stream that ends with what opened it: your SSO login here, or your session." }
                    p { a.button.second href={ (path) "/events" } { "Open the event stream" } }
                }
                @if visit.in_browser().is_some_and(|(user, _)| organization.is_admin(&user.id)) {
                    section.panel aria-labelledby="delete" {
                        h2 #delete { "Delete" }
                        p.quiet { "Asks for an SSO login that is recent, or of a certain kind, whatever SSO login you have." }
                        p { a.button.second href={ (path) "/delete" } { "Delete this repository" } }
                    }
                }
                section.panel aria-labelledby="api" {
                    h2 #api { "By API" }
                    p.quiet { "Repository " (repository.id) ". The layer can’t know whose it is; the handler asks it." }
                    pre tabindex="0" { code { "curl -i -H 'Authorization: Bearer …' " (origin) "/api/repos/" (repository.id) } }
                }
            }
        }
    };
    page(visit, &format!("{}/{}", organization.slug, repository.name), &main)
}

/// Renders paragraphs and lists. Blank lines separate them, and `- ` begins an item.
fn readme(text: &str) -> Markup {
    html! {
        @for block in text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()) {
            @if block.lines().all(|line| line.starts_with("- ")) {
                ul { @for line in block.lines() { li { (line.trim_start_matches("- ")) } } }
            } @else {
                p { (block) }
            }
        }
    }
}
