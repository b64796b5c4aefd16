//! [`OutsidePaths`]: the paths that belong to no organization because the app declares it with
//! [`SsoBuilder::without_organization`](crate::SsoBuilder::without_organization), and the mount of the SSO pages.
//!
//! A request for such a path continues without a decision. If the matched path is not declared and captures an
//! organization, the capture takes precedence over a declared path.

use tower_sso_core::ConfigError;

use crate::namespace::ambiguity;

/// The paths that belong to no organization.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutsidePaths {
    /// Paths whose first segment is fixed. Each includes everything below it.
    mounts: Vec<String>,
    /// Routes whose first segment is a parameter. Each includes only itself, because the whole site is below it.
    routes: Vec<String>,
    /// Whether the app declares that its fallback serves no organization's content.
    fallback: bool,
}

impl OutsidePaths {
    /// Adds a mount (`/assets`, `/users/{name}`) or a route whose first segment is a parameter (`/{page}`).
    pub(crate) fn add(&mut self, path: &str) -> Result<(), ConfigError> {
        let plain = path.strip_suffix('/').unwrap_or(path);
        let first = plain.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
        // The root is refused, because the whole site is below it.
        if first.is_empty() || ambiguity::find_in(path).is_some() {
            let problem = format!(
                "expected a mount such as \"/assets\" or a route such as \"/users/{{name}}\", found {path:?}"
            );
            return Err(ConfigError::new("without_organization", problem));
        }
        if first.contains('{') { &mut self.routes } else { &mut self.mounts }.push(plain.to_owned());
        Ok(())
    }

    /// Adds the requests that match no route.
    pub(crate) fn add_fallback(&mut self) {
        self.fallback = true;
    }

    /// Returns whether the app declares that its fallback serves no organization's content.
    pub(crate) fn contain_fallback(&self) -> bool {
        self.fallback
    }

    /// Returns whether a matched path is declared, or is below a declared mount.
    #[inline]
    pub(crate) fn contain_route(&self, matched: &str) -> bool {
        self.mounts.iter().any(|mount| is_below(matched, mount))
            || self.routes.iter().any(|route| route == matched)
    }

    /// Returns whether a request's path is unambiguous and below a declared mount.
    pub(crate) fn contain(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| is_below(path, mount)) && ambiguity::find_in(path).is_none()
    }
}

#[inline]
fn is_below(path: &str, mount: &str) -> bool {
    path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
