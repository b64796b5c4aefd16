//! The page to which a person returns after an SSO login that a challenge started.

use http::Uri;

use crate::{request_head::RequestHead, state::Core};
use tower_sso_core::ReturnPath;

/// Returns the original address of a navigation, if the person can return to it.
pub(crate) fn return_path(head: RequestHead<'_>) -> ReturnPath {
    path_of(original_uri(head)).unwrap_or_else(ReturnPath::root)
}

/// Returns the page on which htmx runs, if the page belongs to this site.
pub(crate) fn htmx_return_path(core: &Core, head: RequestHead<'_>) -> ReturnPath {
    let page = head.headers.get("hx-current-url").and_then(|url| url.to_str().ok());
    let path = page.and_then(|url| url.strip_prefix(core.addresses.origin()));
    let path = path.and_then(|path| ReturnPath::parse(path.split('#').next().unwrap_or_default()));
    path.unwrap_or_else(ReturnPath::root)
}

fn path_of(uri: &Uri) -> Option<ReturnPath> {
    ReturnPath::parse(uri.path_and_query()?.as_str())
}

/// Returns the address as the client sent it, before any nesting removed a prefix.
fn original_uri(head: RequestHead<'_>) -> &Uri {
    match head.extensions.get::<axum::extract::OriginalUri>() {
        Some(original) => &original.0,
        None => head.uri,
    }
}
