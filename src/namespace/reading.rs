//! [`Namespace`]: how the organization of a request is read.

use crate::{
    namespace::{
        free::FreePaths,
        matching::{NamespaceMatch, REWRITTEN, Resolved, is_rewritten, original_path},
        patterns::Patterns,
        router_param,
    },
    request_head::RequestHead,
};
use std::{fmt, sync::Arc};

use http::Extensions;
use tower_sso_core::ConfigError;

/// How the layer reads the organization of a request.
#[derive(Clone)]
pub struct Namespace(Kind);

#[derive(Clone)]
enum Kind {
    RouterParams(router_param::Names),
    Patterns(Arc<Patterns>),
    Function(Arc<dyn Fn(RequestHead<'_>) -> NamespaceMatch + Send + Sync>),
}

impl Namespace {
    /// Reads the organization from the path parameter of this name, as axum's router captured it: `org` for
    /// `/{org}/repos`. This is the default, with `org`. See [`router_params`](Self::router_params) for the rules.
    #[must_use]
    pub fn router_param(name: &str) -> Self {
        Self(Kind::RouterParams(router_param::Names::one(name)))
    }

    /// Reads the organization from the path parameter that has one of these names, as axum's router captured it. What
    /// the layer checks is then what the handler gets, encodings and dot segments included.
    ///
    /// The first rule that fits decides:
    ///
    /// 1. The path is declared by [`without_organization`](crate::SsoBuilder::without_organization), or is one of the
    ///    SSO pages: the request belongs to no organization.
    /// 2. Exactly one organization parameter is captured, as one whole segment: the request belongs to that
    ///    organization.
    /// 3. The matched path has no parameter and no wildcard, and equals the path of the original URI: a static route,
    ///    which belongs to no organization. A handler that asks for [`SsoPass`](crate::SsoPass) there answers 500 to
    ///    signed-in visitors. [`Sso::static_routes`](crate::Sso::static_routes) lists the routes seen so far.
    /// 4. No route matched: the layer answers 404 itself, so that no fallback inside of it can serve an organization's
    ///    content. Until one request has matched a route, the answer is 500: the layer may be in a place where it
    ///    never sees a matched path.
    /// 5. Anything else is answered with 500 and logged once for each matched path: another parameter (`/{name}`), a
    ///    wildcard (`/{*rest}`), the organization's parameter twice, or a service nested in another router. Such a
    ///    request never passes.
    ///
    /// Where a middleware inside the router has rewritten the path, so that it is no longer the end of the original
    /// one, the answer is 400.
    ///
    /// # Errors
    ///
    /// If there is no name, or one is not the plain name of a parameter.
    pub fn router_params<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, ConfigError> {
        Ok(Self(Kind::RouterParams(router_param::Names::parse(names)?)))
    }

    /// Reads the organization from the segment named `{org}` of the most specific pattern that fits the path: `/{org}`,
    /// `/{org}/{*rest}`, `/api/orgs/{org}/{*rest}`. For services that are not axum routers. Paths that fit a pattern
    /// without `{org}` belong to no organization: `/static/{*rest}`.
    ///
    /// The path is that of the original URI, so that axum's `nest` changes nothing. Where a middleware has rewritten
    /// the path, so that it is no longer the end of the original one, the answer is 400.
    ///
    /// A path that another reader could take for another organization's (dot segments, doubled slashes, backslashes,
    /// encoded slashes, matrix parameters, control bytes) is answered with 400.
    ///
    /// # Errors
    ///
    /// If a pattern can't be read, or two patterns say the same.
    pub fn patterns<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, ConfigError> {
        Ok(Self(Kind::Patterns(Arc::new(Patterns::parse(patterns)?))))
    }

    /// Reads the organization by a function. It must say what the handlers say, for every request.
    pub fn from_fn(read: impl Fn(RequestHead<'_>) -> NamespaceMatch + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(read)))
    }

    /// Reads the organization from the request's head alone. A request outside allocates nothing, unless several
    /// patterns may fit.
    #[inline]
    pub(crate) fn resolve<'r>(&self, head: RequestHead<'r>, free: &FreePaths) -> Resolved<'r> {
        match &self.0 {
            Kind::RouterParams(names) => router_param::resolve(head, names, free),
            Kind::Patterns(patterns) => {
                let original = original_path(head);
                Resolved::Match(if is_rewritten(original, head.uri.path()) {
                    NamespaceMatch::Unclear(REWRITTEN)
                } else {
                    patterns.resolve(original)
                })
            }
            Kind::Function(read) => Resolved::Match(read(head)),
        }
    }

    /// Reads the router's own capture, where [`resolve`](Self::resolve) answered [`Resolved::Captured`].
    pub(crate) fn resolve_captured(&self, extensions: &mut Extensions, params: usize) -> NamespaceMatch {
        match &self.0 {
            Kind::RouterParams(names) => router_param::resolve_captured(extensions, names, params),
            Kind::Patterns(_) | Kind::Function(_) => {
                NamespaceMatch::Misplaced("nothing is captured without a router")
            }
        }
    }

    /// Reads a request of the app's fallback, where [`resolve`](Self::resolve) answered [`Resolved::FreeFallback`].
    pub(crate) fn resolve_fallback(&self, extensions: &mut Extensions) -> NamespaceMatch {
        router_param::resolve_fallback(extensions)
    }

    /// Whether a path that the app declares to belong to no organization names the organization's parameter.
    pub(crate) fn captures_in(&self, path: &str) -> bool {
        match &self.0 {
            Kind::RouterParams(names) => names.are_in(path),
            Kind::Patterns(_) | Kind::Function(_) => false,
        }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::RouterParams(names) => write!(f, "Namespace::router_params({names:?})"),
            Kind::Patterns(_) => f.write_str("Namespace::patterns(..)"),
            Kind::Function(_) => f.write_str("Namespace::from_fn(..)"),
        }
    }
}
