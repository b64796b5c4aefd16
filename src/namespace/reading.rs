//! [`Namespace`]: how the layer reads the organization of a request.
//!
//! There are four ways: the capture of axum's router, path patterns, the host, and a function of the app. With each,
//! the handlers of the app must read the same organization.

use crate::{
    namespace::{
        host::HostPattern,
        matching::{NamespaceMatch, REWRITTEN, Resolved, is_rewritten, original_path},
        outside_paths::OutsidePaths,
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
    Host(HostPattern),
    Function(Arc<dyn Fn(RequestHead<'_>) -> NamespaceMatch + Send + Sync>),
}

impl Namespace {
    /// Reads the organization from the path parameter of this name, as axum's router captured it: `org` for
    /// `/{org}/repos`. This is the default, with `org`. See [`router_params`](Self::router_params) for the rules.
    #[must_use]
    pub fn router_param(name: &str) -> Self {
        Self(Kind::RouterParams(router_param::Names::one(name)))
    }

    /// Reads the organization from the path parameter that has one of these names, as axum's router captured it. The
    /// layer and the handler then read the same text, including encodings and dot segments.
    ///
    /// The first rule that matches applies:
    ///
    /// 1. The path is declared by [`without_organization`](crate::SsoBuilder::without_organization), or is one of the
    ///    SSO pages: the request belongs to no organization.
    /// 2. Exactly one organization parameter is captured, as one whole segment: the request belongs to that
    ///    organization.
    /// 3. The matched path has no parameter and no wildcard, and equals the path of the original URI: this is a static
    ///    route, which belongs to no organization. If its handler extracts [`SsoPass`](crate::SsoPass), signed-in
    ///    visitors get a 500. [`Sso::static_routes`](crate::Sso::static_routes) lists the static routes seen so far.
    /// 4. No route matched: the layer itself answers 404, so that no fallback inside it can serve an organization's
    ///    content. Until one request has matched a route, the layer answers 500 instead, because it may be in a place
    ///    where it never sees a matched path.
    /// 5. In every other case the layer answers 500 and logs the matched path once. Examples are another parameter
    ///    (`/{name}`), a wildcard (`/{*rest}`), the organization's parameter twice, and a service nested in another
    ///    router. Such a request never passes.
    ///
    /// If a middleware has rewritten the path, so that it is not the end of the original path, the layer answers 400
    /// before it applies these rules.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no name, or if a name is not the plain name of a parameter.
    pub fn router_params<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, ConfigError> {
        Ok(Self(Kind::RouterParams(router_param::Names::parse(names)?)))
    }

    /// Reads the organization from the segment `{org}` of the most specific pattern that matches the path, such as
    /// `/{org}`, `/{org}/{*rest}` or `/api/orgs/{org}/{*rest}`. This is for services that are not axum routers. A path
    /// belongs to no organization if no pattern matches it, or if the most specific pattern has no `{org}`, such as
    /// `/static/{*rest}`.
    ///
    /// The patterns are matched against the path of the original URI, so that axum's `nest` changes nothing. If a
    /// middleware has rewritten the path, so that it is not the end of the original path, the layer answers 400.
    ///
    /// The layer also answers 400 if the path is ambiguous, because another program could see another organization in
    /// it: dot segments, doubled slashes, backslashes, encoded slashes, matrix parameters and control bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if a pattern is invalid, if two patterns are the same, or if no pattern contains `{org}`.
    pub fn patterns<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, ConfigError> {
        Ok(Self(Kind::Patterns(Arc::new(Patterns::parse(patterns)?))))
    }

    /// Reads the organization from the first label of the host: `{org}.hub.example`. Case and port do not matter. The
    /// organization is the label in lower case, for all paths of its host except those that
    /// [`without_organization`](crate::SsoBuilder::without_organization) declares.
    ///
    /// The base host, `hub.example`, belongs to no organization. It must be the host of the builder's `base_url`: the SSO
    /// pages are there, and an SSO login leads back to the organization's own host. See the
    /// [handbook](crate::handbook), *Subdomains and paths*, for the cookies that this needs.
    ///
    /// The layer answers 400 if the request names no host or two, or a host that is neither the base host nor one label
    /// below it: an IP address, another domain, `a.b.hub.example`, a dot at the end. The host is that of `:authority` or
    /// of the request line, and of `Host`. `X-Forwarded-Host` and `Forwarded` are not read, and no handler may read the
    /// organization from them: read the [`OrgId`](crate::OrgId) extension. A proxy must pass `Host` on unchanged.
    ///
    /// # Errors
    ///
    /// Returns an error if the pattern is not `{org}.` and a host.
    pub fn host(pattern: &str) -> Result<Self, ConfigError> {
        Ok(Self(Kind::Host(HostPattern::parse(pattern)?)))
    }

    /// Reads the organization with a function. For every request it must return the organization that the handler
    /// reads.
    pub fn from_fn(read: impl Fn(RequestHead<'_>) -> NamespaceMatch + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(read)))
    }

    /// Reads the organization from the request's head: the first step. It allocates nothing for a request outside every
    /// namespace, unless several patterns may match.
    #[inline]
    pub(crate) fn resolve<'r>(&self, head: RequestHead<'r>, outside_paths: &OutsidePaths) -> Resolved<'r> {
        match &self.0 {
            Kind::RouterParams(names) => router_param::resolve(head, names, outside_paths),
            Kind::Patterns(patterns) => {
                let original = original_path(head);
                Resolved::Match(if is_rewritten(original, head.uri.path()) {
                    NamespaceMatch::Unclear(REWRITTEN)
                } else {
                    patterns.resolve(original)
                })
            }
            Kind::Host(pattern) => {
                let found = pattern.read(head);
                let original = original_path(head);
                let declared = matches!(found, NamespaceMatch::Organization(_))
                    && outside_paths.contain(original)
                    && !is_rewritten(original, head.uri.path());
                Resolved::Match(if declared { NamespaceMatch::Outside } else { found })
            }
            Kind::Function(read) => Resolved::Match(read(head)),
        }
    }

    /// Reads what the router captured: the second step after [`Resolved::Captured`].
    pub(crate) fn resolve_captured(&self, extensions: &mut Extensions, params: usize) -> NamespaceMatch {
        match &self.0 {
            Kind::RouterParams(names) => router_param::resolve_captured(extensions, names, params),
            Kind::Patterns(_) | Kind::Host(_) | Kind::Function(_) => {
                NamespaceMatch::Misplaced("nothing is captured without a router")
            }
        }
    }

    /// Reads a request for the app's fallback: the second step after [`Resolved::OutsideFallback`].
    pub(crate) fn resolve_fallback(&self, extensions: &mut Extensions) -> NamespaceMatch {
        router_param::resolve_fallback(extensions)
    }

    /// Returns whether a path contains the organization's parameter. The app must not declare such a path to belong to
    /// no organization.
    pub(crate) fn names_parameter_in(&self, path: &str) -> bool {
        match &self.0 {
            Kind::RouterParams(names) => names.occur_in(path),
            Kind::Patterns(_) | Kind::Host(_) | Kind::Function(_) => false,
        }
    }

    /// Returns the host pattern, if the host is what names the organization.
    pub(crate) fn host_pattern(&self) -> Option<&HostPattern> {
        match &self.0 {
            Kind::Host(pattern) => Some(pattern),
            Kind::RouterParams(_) | Kind::Patterns(_) | Kind::Function(_) => None,
        }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::RouterParams(names) => write!(f, "Namespace::router_params({names:?})"),
            Kind::Patterns(_) => f.write_str("Namespace::patterns(..)"),
            Kind::Host(pattern) => write!(f, "Namespace::host({{org}}.{})", pattern.base()),
            Kind::Function(_) => f.write_str("Namespace::from_fn(..)"),
        }
    }
}
