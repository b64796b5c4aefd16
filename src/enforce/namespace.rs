//! Which organization a request belongs to.

mod ambiguity;
mod patterns;
#[cfg(feature = "axum")]
mod router_param;

use std::{fmt, sync::Arc};

#[cfg(feature = "axum")]
use http::Extensions;

use self::patterns::Patterns;
use crate::{ConfigError, OrgSlug, RequestHead};

/// How the organization of a request is told.
#[derive(Clone)]
pub struct Namespace(Kind);

#[derive(Clone)]
enum Kind {
    #[cfg(feature = "axum")]
    RouterParam(Arc<str>),
    Patterns(Arc<Patterns>),
    Function(Arc<dyn Fn(RequestHead<'_>) -> Scope + Send + Sync>),
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In no organization's namespace.
    Outside,
    /// In the namespace of the organization with this slug, percent-decoded.
    Organization(OrgSlug),
    /// It can't be told for sure: answered with 400. The sentence is for the operator.
    Unclear(&'static str),
    /// The layer stands where it can't tell: answered with 500. The sentence is for the operator.
    Misplaced(&'static str),
}

impl Namespace {
    /// The organization is what axum's router captured under this name: `org` for `/{org}/repos`. What the layer
    /// checks is then what the handler gets, encodings and dot segments included. The default, with `org`.
    ///
    /// A request without a matched path, or with the parameter twice, is an error: the layer stands around a fallback,
    /// a nested service or a whole router, where captures are not seen. List mounts that belong to no organization
    /// with [`free_of_organizations`](crate::SsoBuilder::free_of_organizations). So is a wildcard (`/{*org}`). A route
    /// that captures no such parameter is in no namespace: a service behind a wildcard (`/{*rest}`) that reads an
    /// organization from it itself is not seen; ask for [`SsoPass`](crate::SsoPass) there, or use
    /// [`patterns`](Self::patterns).
    #[cfg(feature = "axum")]
    #[must_use]
    pub fn router_param(name: &str) -> Self {
        Self(Kind::RouterParam(name.into()))
    }

    /// The organization is the segment named `{org}` of the first pattern that fits the path: `/{org}`,
    /// `/{org}/{*rest}`, `/api/orgs/{org}/{*rest}`. For services that are not axum routers. A pattern without `{org}`
    /// is outside every namespace: `/static/{*rest}`.
    ///
    /// The path is the one that the layer sees: inside axum's `nest` it has lost the prefix, so put the layer outside.
    ///
    /// A path that another reader could take for another organization (dot segments, doubled slashes, backslashes,
    /// encoded slashes, matrix parameters, control bytes) is answered with 400.
    ///
    /// # Errors
    ///
    /// When a pattern can't be read, or two say the same.
    pub fn patterns<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, ConfigError> {
        Ok(Self(Kind::Patterns(Arc::new(Patterns::parse(patterns)?))))
    }

    /// The organization is what the function says. It must say what the handlers say, for every request.
    pub fn from_fn(tell: impl Fn(RequestHead<'_>) -> Scope + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(tell)))
    }

    /// Tells where a request stands, from its head alone. Out of scope nothing is allocated, but where several patterns may fit.
    pub(crate) fn tell(&self, head: RequestHead<'_>, free: &FreeMounts) -> Told {
        match &self.0 {
            #[cfg(feature = "axum")]
            Kind::RouterParam(name) => router_param::tell(head, name, free),
            Kind::Patterns(patterns) => Told::Scope(patterns.tell(head.uri.path())),
            Kind::Function(tell) => Told::Scope(tell(head)),
        }
    }

    /// Reads the router's own capture, where [`tell`](Self::tell) said that there is one.
    #[cfg(feature = "axum")]
    pub(crate) fn captured(&self, extensions: &mut Extensions) -> Scope {
        match &self.0 {
            Kind::RouterParam(name) => router_param::captured(extensions, name),
            Kind::Patterns(_) | Kind::Function(_) => Scope::Misplaced("nothing is captured without a router"),
        }
    }
}

/// What a request's head told.
pub(crate) enum Told {
    Scope(Scope),
    /// The router captured it: ask [`Namespace::captured`].
    #[cfg(feature = "axum")]
    Captured,
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            #[cfg(feature = "axum")]
            Kind::RouterParam(name) => write!(f, "Namespace::router_param({name:?})"),
            Kind::Patterns(_) => f.write_str("Namespace::patterns(..)"),
            Kind::Function(_) => f.write_str("Namespace::from_fn(..)"),
        }
    }
}

/// Mounts that the operator has listed as free of organizations.
#[derive(Clone, Debug, Default)]
pub(crate) struct FreeMounts(Vec<String>);

impl FreeMounts {
    pub(crate) fn add(&mut self, mount: &str) -> Result<(), ConfigError> {
        let plain = mount.strip_suffix('/').unwrap_or(mount);
        // The root would free every nested service and fallback at once.
        if plain.is_empty() || !mount.starts_with('/') || ambiguity::found_in(mount).is_some() {
            let problem = format!("expected a plain path such as \"/assets\", found {mount:?}");
            return Err(ConfigError::new("free_of_organizations", problem));
        }
        self.0.push(plain.to_owned());
        Ok(())
    }

    /// Whether the path is below a free mount, whoever reads it.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let below = |mount: &String| {
            path.strip_prefix(mount.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().any(below) && ambiguity::found_in(path).is_none()
    }
}
