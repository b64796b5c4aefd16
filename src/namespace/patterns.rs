//! Path patterns, for services that are not axum routers.
//!
//! The most specific pattern that matches the path applies. The path is matched as the client sent it, and an ambiguous
//! path is refused before it is matched.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use tower_sso_core::{ConfigError, OrgSlug};

use crate::namespace::{ambiguity, matching::NamespaceMatch};

/// Several patterns. `{org}` is the organization's segment, and `{*rest}` is the rest of the path.
pub(crate) struct Patterns(matchit::Router<InNamespace>);

/// Whether the paths of a pattern belong to an organization.
#[derive(Clone, Copy)]
enum InNamespace {
    Yes,
    No,
}

impl Patterns {
    pub(crate) fn parse<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, ConfigError> {
        let mut router = matchit::Router::new();
        let (mut names_organization, mut inserted, mut prefixes) = (false, HashSet::new(), Vec::new());
        for pattern in patterns {
            let refused =
                |problem: String| ConfigError::new("namespace", format!("pattern {pattern:?}: {problem}"));
            if !pattern.starts_with('/') {
                return Err(refused("expected a path that begins with a slash".to_owned()));
            }
            let segments = pattern.split('/').filter(|segment| segment.contains("{org}")).count();
            let whole = pattern.split('/').filter(|segment| *segment == "{org}").count();
            let scope = match (segments, whole) {
                (0, _) if !pattern.contains("{*org}") => InNamespace::No,
                (1, 1) => InNamespace::Yes,
                _ => return Err(refused("expected {org} as one whole segment, once".to_owned())),
            };
            let pattern = without_slash(pattern);
            inserted.insert(pattern);
            names_organization |= matches!(scope, InNamespace::Yes);
            router.insert(pattern, scope).map_err(|error| refused(error.to_string()))?;
            // `/{org}/{*rest}` also covers `/acme` and `/acme/`, although `{*rest}` never matches an empty rest in
            // matchit.
            if let Some((prefix, _)) = pattern.split_once("/{*") {
                prefixes.push((if prefix.is_empty() { "/" } else { prefix }, scope));
            }
        }
        for (prefix, scope) in prefixes {
            if inserted.insert(prefix) {
                router
                    .insert(prefix, scope)
                    .map_err(|error| ConfigError::new("namespace", error.to_string()))?;
            }
        }
        if names_organization {
            Ok(Self(router))
        } else {
            Err(ConfigError::new("namespace", "expected a pattern with {org}"))
        }
    }

    pub(crate) fn resolve(&self, path: &str) -> NamespaceMatch {
        // A program that normalizes the path could see an organization in it, even if no pattern matches the path as it
        // was sent.
        if let Some(why) = ambiguity::find_in(path) {
            return NamespaceMatch::Unclear(why);
        }
        let Ok(found) = self.0.at(without_slash(path)) else { return NamespaceMatch::Outside };
        match found.value {
            InNamespace::No => NamespaceMatch::Outside,
            InNamespace::Yes => {
                let slug = found.params.get("org").unwrap_or_default();
                match percent_decode_str(slug).decode_utf8() {
                    Ok(slug) if percent_decode_str(&slug).ne(slug.bytes()) => {
                        NamespaceMatch::Unclear("the organization is encoded twice")
                    }
                    Ok(slug) if !slug.is_empty() => NamespaceMatch::Organization(OrgSlug::new(&*slug)),
                    Ok(_) => NamespaceMatch::Unclear("the organization is empty"),
                    Err(_) => NamespaceMatch::Unclear("the organization is not UTF-8"),
                }
            }
        }
    }
}

/// Removes one trailing slash, so that `/acme/` and `/acme` belong to the same organization.
fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns() -> Patterns {
        Patterns::parse([
            "/{org}",
            "/{org}/{*rest}",
            "/static/{*rest}",
            "/api/orgs/{org}/{*rest}",
            "/api/{*rest}",
        ])
        .unwrap()
    }

    #[test]
    fn the_most_specific_pattern_wins() {
        let slug = |text: &str| NamespaceMatch::Organization(OrgSlug::new(text));
        for (path, expected) in [
            ("/", NamespaceMatch::Outside),
            ("/acme", slug("acme")),
            ("/acme/", slug("acme")),
            ("/acme/repo/x", slug("acme")),
            ("/acme/repo/x/", slug("acme")),
            ("/static/", NamespaceMatch::Outside),
            ("/static", NamespaceMatch::Outside),
            ("/api/orgs/acme/", slug("acme")),
            ("/api/orgs/acme", slug("acme")),
            ("/a%20c/r", slug("a c")),
            ("/ACME", slug("ACME")),
            ("/static/acme/x", NamespaceMatch::Outside),
            ("/api/orgs/acme/repos", slug("acme")),
            ("/api/status", NamespaceMatch::Outside),
        ] {
            assert_eq!(patterns().resolve(path), expected, "{path}");
        }
    }

    #[test]
    fn an_ambiguous_path_is_unclear() {
        for path in [
            "//acme",
            "/static/../acme",
            "/acme%2frepo",
            "/%ff",
            "/acme;x",
            "/static/%2e%2e/acme/x",
            "/%2561cme",
        ] {
            assert!(matches!(patterns().resolve(path), NamespaceMatch::Unclear(_)), "{path}");
        }
    }

    #[test]
    fn bad_patterns_are_refused() {
        assert!(Patterns::parse(["/{org}"]).is_ok());
        for bad in [
            &["{org}"][..],
            &["/x"],
            &[],
            &["/{org}/{org}"],
            &["/{*org}"],
            &["/{org}", "/x/{*org}"],
            &["/x{org}"],
            &["/{org}", "/{org}"],
        ] {
            assert!(Patterns::parse(bad.iter().copied()).is_err(), "{bad:?}");
        }
    }
}
