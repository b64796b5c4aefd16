//! Paths that the operator has declared to belong to no organization.

use tower_sso_core::ConfigError;

use crate::namespace::ambiguity;

/// Paths that belong to no organization.
#[derive(Clone, Debug, Default)]
pub(crate) struct FreePaths {
    /// Each with everything below it.
    mounts: Vec<String>,
    /// Routes whose first segment is a parameter: each by itself, since below it is the whole site.
    routes: Vec<String>,
    /// Whether the fallback serves no organization's content.
    fallback: bool,
}

impl FreePaths {
    /// Adds a mount (`/assets`, `/users/{name}`) or a route (`/{page}`).
    pub(crate) fn add(&mut self, path: &str) -> Result<(), ConfigError> {
        let plain = path.strip_suffix('/').unwrap_or(path);
        let first = plain.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
        // Below the root is the whole site.
        if first.is_empty() || ambiguity::found_in(path).is_some() {
            let problem = format!(
                "expected a mount such as \"/assets\" or a route such as \"/users/{{name}}\", found {path:?}"
            );
            return Err(ConfigError::new("without_organization", problem));
        }
        if first.contains('{') { &mut self.routes } else { &mut self.mounts }.push(plain.to_owned());
        Ok(())
    }

    pub(crate) fn add_fallback(&mut self) {
        self.fallback = true;
    }

    /// Whether a request without a matched path belongs to no organization.
    pub(crate) fn hold_fallback(&self) -> bool {
        self.fallback
    }

    /// Whether a matched path is declared, or below a declared mount.
    #[inline]
    pub(crate) fn hold_route(&self, matched: &str) -> bool {
        self.mounts.iter().any(|mount| is_below(matched, mount))
            || self.routes.iter().any(|route| route == matched)
    }

    /// Whether a request's path is below a declared mount, no matter who reads it.
    pub(crate) fn hold_path(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| is_below(path, mount)) && ambiguity::found_in(path).is_none()
    }
}

#[inline]
fn is_below(path: &str, mount: &str) -> bool {
    path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
