//! The page with an organization's join links, for its administrators.

use maud::{Markup, html};
use tower_sso::{Secret, join::JoinLink};

use super::{
    layout::{Page, page},
    parts::when,
};
use crate::visit::{Here, Visit};

/// Renders the page. `made` is the address of a link that was just created.
pub(crate) fn join_links(
    visit: &Visit,
    here: &Here,
    links: &[JoinLink],
    made: Option<&Secret<String>>,
    problem: Option<&str>,
) -> Page {
    let organization = &here.organization;
    let slug = organization.slug.as_str();
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" { a href={ "/" (slug) } { (organization.name) } span aria-hidden="true" { "/" } }
        div.hero {
            h1 { "Join links" }
            p { "A person who has a link, and for whom " (organization.name) "’s identity provider vouches, becomes a member, with an account here or a new one." }
        }
        @if let Some(made) = made { (address(made)) }
        section aria-labelledby="links" {
            h2 #links { "Active links" }
            @if links.is_empty() { p.quiet { "None." } }
            ul.rows {
                @for link in links { li { (row(visit, slug, link)) } }
            }
        }
        @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
        form #make method="post" action={ "/" (slug) "/join-links" } {
            button type="submit" { "Make a join link" }
        }
    };
    page(visit, &format!("Join links of {}", organization.name), &main)
}

fn row(visit: &Visit, slug: &str, link: &JoinLink) -> Markup {
    let maker = visit.hub.model.user(&link.made_by).map_or("–", |it| it.name.as_str());
    html! {
        span {
            "Made by " strong { (maker) } ", " (when(link.made_at)) " "
            span.quiet { "until " (when(link.expires_at)) ", used by " (link.uses) }
        }
        form method="post" action={ "/" (slug) "/join-links/revoke" } {
            input type="hidden" name="link" value=(link.id);
            button.plain type="submit" aria-label={ "Revoke the join link by " (maker) } { "Revoke" }
        }
    }
}

fn address(made: &Secret<String>) -> Markup {
    html! {
        section.panel.made role="status" aria-labelledby="made" {
            h2 #made { "Your new join link" }
            p { "Copy it now. It is shown this once." }
            p { code #join-link { (made.expose()) } }
        }
    }
}
