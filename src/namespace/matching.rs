//! What the head of a request says about its organization.

use crate::request_head::RequestHead;
use tower_sso_core::OrgSlug;

/// The organization that a request belongs to, as far as its head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceMatch {
    /// The request belongs to no organization.
    Outside,
    /// The request belongs to the organization with this slug, percent-decoded.
    Organization(OrgSlug),
    /// The organization can't be told for sure. The answer is 400; the sentence is for the operator.
    Unclear(&'static str),
    /// The layer stands where it can't see the organization. The answer is 500; the sentence is for the operator.
    Misplaced(&'static str),
}

/// What a request's head says about its organization.
#[derive(Debug)]
pub(crate) enum Resolved<'r> {
    Match(NamespaceMatch),
    /// A static route, by its matched path: it belongs to no organization.
    Static(&'r str),
    /// No route of the router matched.
    NoRoute,
    /// No route matched, and the app says that its fallback serves no organization's content: ask
    /// [`Namespace::resolve_fallback`].
    FreeFallback,
    /// The router captured the organization, among this many parameters: ask [`Namespace::resolve_captured`].
    Captured(usize),
}

impl Resolved<'_> {
    pub(crate) const OUTSIDE: Self = Self::Match(NamespaceMatch::Outside);

    pub(crate) fn misplaced(why: &'static str) -> Self {
        Self::Match(NamespaceMatch::Misplaced(why))
    }
}

pub(crate) const REWRITTEN: &str = "a middleware has rewritten the path: put the layer outside of that middleware, or the middleware around the router";

/// The path as the client sent it, before any nesting.
pub(crate) fn original_path(head: RequestHead<'_>) -> &str {
    if let Some(original) = head.extensions.get::<axum::extract::OriginalUri>() {
        return original.0.path();
    }
    head.uri.path()
}

/// Whether the path is not what is left of the original one when a router takes off a prefix. For `/api` nested at
/// `/api`, axum leaves `/`.
pub(crate) fn is_rewritten(original: &str, path: &str) -> bool {
    !(original.ends_with(path) || path == "/")
}
