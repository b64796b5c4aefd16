//! The page that asks for confirmation before a repository is deleted.

use maud::html;

use super::layout::{Page, page};
use crate::{
    model::Repository,
    visit::{Here, Visit},
};

pub(crate) fn delete(visit: &Visit, here: &Here, repository: &Repository) -> Page {
    let organization = &here.organization;
    let path = format!("/{}/{}", organization.slug, repository.name);
    let main = html! {
        nav.crumbs aria-label="Breadcrumb" {
            a href={ "/" (organization.slug) } { (organization.name) } span aria-hidden="true" { "/" }
            a href=(path) { (repository.name) } span aria-hidden="true" { "/" }
        }
        div.message {
            h1 { "Delete " (repository.name) "?" }
            p { "It is gone for everybody. Your SSO login is good enough for that: it is recent, and of the kind that " (organization.name) " asks for." }
            form #delete method="post" action={ (path) "/delete" } {
                button type="submit" { "Delete " (repository.name) }
            }
        }
    };
    page(visit, &format!("Delete {}/{}", organization.slug, repository.name), &main)
}
