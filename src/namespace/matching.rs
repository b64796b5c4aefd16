//! What the head of a request says about its organization.
//!
//! [`NamespaceMatch`] is the final result. [`Resolved`] is the result of the first step, which reads only shared
//! references: it may ask for a second step that needs the request's extensions.

use crate::request_head::RequestHead;
use tower_sso_core::OrgSlug;

/// The organization that a request belongs to, as its head says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamespaceMatch {
    /// The request belongs to no organization.
    Outside,
    /// The request belongs to the organization with this slug, percent-decoded.
    Organization(OrgSlug),
    /// The request is ambiguous. The response is 400. The sentence explains it to the operator.
    Unclear(&'static str),
    /// The layer can't see the organization from its place in the app. The response is 500. The sentence explains it to
    /// the operator.
    Misplaced(&'static str),
}

/// The result of the first step of reading the organization.
#[derive(Debug)]
pub(crate) enum Resolved<'r> {
    /// The first step is enough.
    Match(NamespaceMatch),
    /// The request matched a static route, with this matched path. It belongs to no organization.
    Static(&'r str),
    /// The request matched no route.
    NoRoute,
    /// The request matched no route, and the app declares that its fallback serves no organization's content. The
    /// second step is [`Namespace::resolve_fallback`](crate::Namespace::resolve_fallback).
    OutsideFallback,
    /// The router captured the organization among this number of parameters. The second step is
    /// [`Namespace::resolve_captured`](crate::Namespace::resolve_captured).
    Captured(usize),
}

impl Resolved<'_> {
    pub(crate) const OUTSIDE: Self = Self::Match(NamespaceMatch::Outside);

    pub(crate) fn misplaced(why: &'static str) -> Self {
        Self::Match(NamespaceMatch::Misplaced(why))
    }
}

pub(crate) const REWRITTEN: &str = "a middleware has rewritten the path: put the layer outside of that middleware, or the middleware around the router";

/// Returns the path as the client sent it, before a nested router removed a prefix.
pub(crate) fn original_path(head: RequestHead<'_>) -> &str {
    if let Some(original) = head.extensions.get::<axum::extract::OriginalUri>() {
        return original.0.path();
    }
    head.uri.path()
}

/// Returns whether a middleware has changed the path. A router that removes a prefix does not count: it leaves the end
/// of the original path or, if nothing is left, `/`.
pub(crate) fn is_rewritten(original: &str, path: &str) -> bool {
    !(original.ends_with(path) || path == "/")
}
