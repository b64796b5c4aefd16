//! The page to which the user returns after an SSO login that a challenge or the banner started.
//!
//! A challenge passes the page to the start page as `return_to`, the pending login keeps it, and the last step of the
//! SSO login redirects to it. A [`ReturnTo`] is always a page of this site or, with a host pattern, of the
//! organization's own host, so that nobody can redirect the user to another site. If the original page can't be
//! returned to, it is the app's front page.

use http::Uri;

use crate::{
    namespace::matching::NamespaceMatch, request_head::RequestHead, return_to::ReturnTo, state::Core,
};
use tower_sso_core::{OrgSlug, ReturnPath};

/// Returns the page of a navigation, for an SSO login to the organization with this slug.
pub(crate) fn for_navigation(core: &Core, head: RequestHead<'_>, slug: &OrgSlug) -> ReturnTo {
    let page = match host(core, head) {
        NamespaceMatch::Outside => path(core, head).map(ReturnTo::from),
        NamespaceMatch::Organization(label) if label == *slug => {
            path(core, head).and_then(|path| ReturnTo::on_host(label.as_str(), path))
        }
        // An SSO login does not lead to the host of another organization.
        NamespaceMatch::Organization(_) | NamespaceMatch::Unclear(_) | NamespaceMatch::Misplaced(_) => None,
    };
    page.unwrap_or_else(|| core.addresses.front_page().into())
}

/// Returns the page that sent an htmx request (`HX-Current-URL`), if that page belongs to this site, for an SSO login to
/// the organization with this slug.
pub(crate) fn for_htmx(core: &Core, head: RequestHead<'_>, slug: &OrgSlug) -> ReturnTo {
    let page = head.headers.get("hx-current-url").and_then(|url| url.to_str().ok());
    let page = page.filter(|url| !url.starts_with('/')).and_then(|url| {
        let page = core.addresses.parse_return(url.split('#').next().unwrap_or_default())?;
        page.label().is_none_or(|label| label == slug).then_some(page)
    });
    page.unwrap_or_else(|| core.addresses.front_page().into())
}

/// Returns the path of a navigation on the base host. `None` if the page can't be returned to, or is on another host.
pub(crate) fn on_base_host(core: &Core, head: RequestHead<'_>) -> Option<ReturnPath> {
    matches!(host(core, head), NamespaceMatch::Outside).then(|| path(core, head)).flatten()
}

/// Returns what the host says. Without a host pattern, every host counts as the base host.
fn host(core: &Core, head: RequestHead<'_>) -> NamespaceMatch {
    core.namespace.host_pattern().map_or(NamespaceMatch::Outside, |pattern| pattern.read(head))
}

fn path(core: &Core, head: RequestHead<'_>) -> Option<ReturnPath> {
    core.addresses.path_of_request(original_uri(head), head.uri.path())
}

/// Returns the address as the client sent it, before a nested router removed a prefix.
fn original_uri(head: RequestHead<'_>) -> &Uri {
    match head.extensions.get::<axum::extract::OriginalUri>() {
        Some(original) => &original.0,
        None => head.uri,
    }
}
