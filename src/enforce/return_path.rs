//! The return path: the page to which the user returns after an SSO login that a challenge or the banner started.
//!
//! A challenge passes the path to the start page as `return_to`, the pending login keeps it, and the last step of the
//! SSO login redirects to it. A [`ReturnPath`] is always a path of this site, so that nobody can redirect the user to
//! another site. If the original page can't be returned to, the path is `/`.

use http::Uri;

use crate::{request_head::RequestHead, state::Core};
use tower_sso_core::ReturnPath;

/// Returns the address of a navigation as a return path.
pub(crate) fn for_navigation(head: RequestHead<'_>) -> ReturnPath {
    path_of(original_uri(head)).unwrap_or_else(ReturnPath::root)
}

/// Returns the page that sent an htmx request (`HX-Current-URL`), if that page belongs to this site.
pub(crate) fn for_htmx(core: &Core, head: RequestHead<'_>) -> ReturnPath {
    let page = head.headers.get("hx-current-url").and_then(|url| url.to_str().ok());
    let path = page.and_then(|url| url.strip_prefix(core.addresses.origin()));
    let path = path.and_then(|path| ReturnPath::parse(path.split('#').next().unwrap_or_default()));
    path.unwrap_or_else(ReturnPath::root)
}

fn path_of(uri: &Uri) -> Option<ReturnPath> {
    ReturnPath::parse(uri.path_and_query()?.as_str())
}

/// Returns the address as the client sent it, before a nested router removed a prefix.
fn original_uri(head: RequestHead<'_>) -> &Uri {
    match head.extensions.get::<axum::extract::OriginalUri>() {
        Some(original) => &original.0,
        None => head.uri,
    }
}
