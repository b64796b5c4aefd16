//! Reads the organization as axum's router captured it, which is what the handler gets.
//!
//! The rules are those of [`Namespace::router_params`](crate::Namespace::router_params). The first step looks at the
//! matched path. The second step reads the captured values, and checks that they belong to this matched path: in
//! release builds, axum leaves the matched path of an outer router in place for a nested service.

use std::{
    fmt,
    future::Future as _,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use axum::extract::{FromRequestParts, MatchedPath, Path, RawPathParams, rejection::RawPathParamsRejection};
use http::{Extensions, Request, request::Parts};
use serde::{Deserialize, Deserializer, de};
use tower_sso_core::{ConfigError, internal::InlineStr};

use crate::{
    namespace::{
        matching::{NamespaceMatch, REWRITTEN, Resolved, is_rewritten, original_path},
        outside_paths::OutsidePaths,
    },
    request_head::RequestHead,
};

const WILDCARD: &str = "the organization's parameter is a wildcard, which captures more than the organization: capture one segment";
const TWICE: &str = "the organization's parameter is captured twice: rename one of the two";
const NO_PARAMETER: &str = "the matched path captures no organization: add the name of its parameter by \
     Namespace::router_params, or declare the path by SsoBuilder::without_organization if it serves no organization";
const STALE: &str = "the captured parameters are not those of the matched path: the layer is inside a service that is \
     nested in another router. Put the layer outside, around the routes that name the organization";
const NOT_CAPTURED: &str = "the matched path names the organization's parameter, but it was not captured";
const UNMATCHED_PARAMETER: &str = "the request has parameters but no matched path: a nested service or the fallback of a \
     nested router, which may serve an organization's content";
const NOT_UTF8: &str = "a path parameter is not UTF-8";

/// The names that the organization's parameter may have. There is at least one.
#[derive(Clone)]
pub(crate) struct Names(Arc<[Box<str>]>);

impl Names {
    pub(crate) fn one(name: &str) -> Self {
        Self(Arc::new([name.into()]))
    }

    pub(crate) fn parse<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, ConfigError> {
        let names: Arc<[Box<str>]> = names.into_iter().map(Box::from).collect();
        let is_bad = |name: &str| name.is_empty() || name.contains(['{', '}', '*', '/']);
        let problem = match names.iter().find(|name| is_bad(name)) {
            Some(name) => format!("expected the name of a path parameter, such as \"org\", found {name:?}"),
            None if names.is_empty() => "expected the name of at least one path parameter".to_owned(),
            None => return Ok(Self(names)),
        };
        Err(ConfigError::new("namespace", problem))
    }

    /// Returns whether a path contains the organization's parameter.
    pub(crate) fn occur_in(&self, path: &str) -> bool {
        Params::of(path, self).organizations > 0
    }

    #[inline]
    fn contain(&self, name: &[u8]) -> bool {
        self.0.iter().any(|known| known.as_bytes() == name)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

/// The first step: applies the rules of [`Namespace::router_params`](crate::Namespace::router_params) in their order.
#[inline]
pub(crate) fn resolve<'r>(
    head: RequestHead<'r>,
    names: &Names,
    outside_paths: &OutsidePaths,
) -> Resolved<'r> {
    let original = original_path(head);
    if is_rewritten(original, head.uri.path()) {
        return Resolved::Match(NamespaceMatch::Unclear(REWRITTEN));
    }
    let Some(matched) = head.extensions.get::<MatchedPath>().map(MatchedPath::as_str) else {
        return match outside_paths {
            _ if outside_paths.contain(original) => Resolved::OUTSIDE,
            _ if outside_paths.contain_fallback() => Resolved::OutsideFallback,
            _ => Resolved::NoRoute,
        };
    };
    if outside_paths.contain_route(matched) {
        return Resolved::OUTSIDE;
    }
    let params = Params::of(matched, names);
    match params.organizations {
        0 if params.all == 0 && matched == original => Resolved::Static(matched),
        0 if outside_paths.contain(original) => Resolved::OUTSIDE,
        0 => Resolved::misplaced(NO_PARAMETER),
        // `{*org}` captures `acme/repo`. The app does not know an organization of that name, and a request for an
        // unknown organization passes.
        1 if params.wildcard => Resolved::misplaced(WILDCARD),
        1 => Resolved::Captured(params.all),
        _ => Resolved::misplaced(TWICE),
    }
}

/// The second step: reads the organization among the captured parameters. `expected` is the number of parameters in the
/// matched path. If another number was captured, the matched path is that of an outer router, and the request is
/// refused.
pub(crate) fn resolve_captured(
    extensions: &mut Extensions,
    names: &Names,
    expected: usize,
) -> NamespaceMatch {
    // axum's extractors need `Parts`, but read only the extensions. They are moved into an empty request and back.
    let mut parts = Request::new(()).into_parts().0;
    std::mem::swap(&mut parts.extensions, extensions);
    let resolved = match extract_now::<Path<FirstCapture>>(&mut parts) {
        Poll::Ready(Ok(Path(FirstCapture { key, value, all })))
            if all == expected && names.contain(key.as_bytes()) =>
        {
            NamespaceMatch::Organization(value.into())
        }
        Poll::Ready(_) | Poll::Pending => resolve_among_all(&mut parts, names, expected),
    };
    std::mem::swap(&mut parts.extensions, extensions);
    resolved
}

/// The second step for a request that matched no route, if the app declares that its fallback serves no organization's
/// content. If something was captured, the request is refused: it may be for a nested service or for the fallback of a
/// nested router, and the captured value may be an organization.
pub(crate) fn resolve_fallback(extensions: &mut Extensions) -> NamespaceMatch {
    let mut parts = Request::new(()).into_parts().0;
    std::mem::swap(&mut parts.extensions, extensions);
    let resolved = match extract_now::<RawPathParams>(&mut parts) {
        Poll::Ready(Ok(params)) if params.iter().next().is_none() => NamespaceMatch::Outside,
        // No router has seen the request, and nothing was captured.
        Poll::Ready(Err(RawPathParamsRejection::MissingPathParams(_))) => NamespaceMatch::Outside,
        Poll::Ready(_) | Poll::Pending => NamespaceMatch::Misplaced(UNMATCHED_PARAMETER),
    };
    std::mem::swap(&mut parts.extensions, extensions);
    resolved
}

/// Reads all captured parameters: the organization is not the first one, or something is wrong.
#[cold]
fn resolve_among_all(parts: &mut Parts, names: &Names, expected: usize) -> NamespaceMatch {
    let params = match extract_now::<RawPathParams>(parts) {
        Poll::Ready(Ok(params)) => params,
        Poll::Ready(Err(RawPathParamsRejection::InvalidUtf8InPathParam(_))) => {
            return NamespaceMatch::Unclear(NOT_UTF8);
        }
        Poll::Ready(Err(_)) | Poll::Pending => return NamespaceMatch::Misplaced(NOT_CAPTURED),
    };
    let mut found = params.iter().filter(|(key, _)| names.contain(key.as_bytes()));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => NamespaceMatch::Misplaced(TWICE),
        _ if params.iter().count() != expected => NamespaceMatch::Misplaced(STALE),
        (Some((_, slug)), None) => NamespaceMatch::Organization(slug.into()),
        (None, _) => NamespaceMatch::Misplaced(NOT_CAPTURED),
    }
}

/// Polls an extractor once. The extractors used here never wait.
fn extract_now<E: FromRequestParts<()>>(parts: &mut Parts) -> Poll<Result<E, E::Rejection>> {
    pin!(E::from_request_parts(parts, &())).poll(&mut Context::from_waker(Waker::noop()))
}

/// The first captured parameter, which is nearly always the organization. It is deserialized in place, because
/// [`RawPathParams`] copies all parameters.
struct FirstCapture {
    key: InlineStr,
    value: InlineStr,
    /// The number of captured parameters.
    all: usize,
}

impl<'de> Deserialize<'de> for FirstCapture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> de::Visitor<'de> for Read {
            type Value = FirstCapture;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("captures")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<FirstCapture, A::Error> {
                let first = map.next_entry::<InlineStr, InlineStr>()?;
                let (key, value) = first.ok_or_else(|| de::Error::custom("nothing is captured"))?;
                let mut all = 1;
                while map.next_entry::<InlineStr, de::IgnoredAny>()?.is_some() {
                    all += 1;
                }
                Ok(FirstCapture { key, value, all })
            }
        }

        deserializer.deserialize_map(Read)
    }
}

/// The parameters that a matched path names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Params {
    /// The number of all parameters: whole segments, parts of segments, and wildcards.
    all: usize,
    /// The number of parameters that have one of the organization's names.
    organizations: usize,
    /// Whether one of the organization's parameters is a wildcard.
    wildcard: bool,
}

impl Params {
    #[inline]
    fn of(matched: &str, names: &Names) -> Self {
        let mut params = Self::default();
        let mut left = matched.as_bytes();
        while let Some(brace) = left.iter().position(|byte| *byte == b'{') {
            left = left.get(brace + 1..).unwrap_or_default();
            params.all += 1;
            let name = left.split(|byte| *byte == b'}').next().unwrap_or_default();
            let plain = name.strip_prefix(b"*").unwrap_or(name);
            if names.contain(plain) {
                params.organizations += 1;
                params.wildcard |= plain.len() < name.len();
            }
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_capture_is_read_and_all_are_counted() {
        use serde::de::value::{Error, MapDeserializer};
        for (captures, all) in [
            (&[("org", "acme")][..], Some(1)),
            (&[("org", "acme"), ("repo", "org")], Some(2)),
            (&[("org", "acme"), ("repo", "x"), ("org", "umbrella")], Some(3)),
            (&[], None),
        ] {
            let read = MapDeserializer::<_, Error>::new(captures.iter().copied());
            let first = FirstCapture::deserialize(read).ok();
            assert_eq!(first.as_ref().map(|first| first.all), all, "{captures:?}");
            assert!(first.is_none_or(|it| (it.key.as_str(), it.value.as_str()) == ("org", "acme")));
        }
    }

    #[test]
    fn a_matched_path_is_classified_by_its_parameters() {
        let names = Names::parse(["org", "tenant"]).unwrap();
        for (matched, all, organizations, wildcard) in [
            ("/", 0, 0, false),
            ("", 0, 0, false),
            ("/org", 0, 0, false),
            ("/{organization}", 1, 0, false),
            ("/{Org}", 1, 0, false),
            ("/x{org", 1, 1, false),
            ("/{", 1, 0, false),
            ("/{*", 1, 0, false),
            ("/{or}/{*rest}", 2, 0, false),
            ("/{org}", 1, 1, false),
            ("/{*org}", 1, 1, true),
            ("/{org}/{*rest}", 2, 1, false),
            ("/@{org}/x", 1, 1, false),
            ("/{org}/{repo}", 2, 1, false),
            ("/{tenant}/{repo}", 2, 1, false),
            ("/{org}/x/{org}", 2, 2, false),
            ("/{org}/x/{tenant}", 2, 2, false),
            ("/{org}/x/{*org}", 2, 2, true),
        ] {
            assert_eq!(Params::of(matched, &names), Params { all, organizations, wildcard }, "{matched}");
        }
    }

    #[test]
    fn only_plain_parameter_names_are_accepted() {
        Names::parse(["org", "organization"]).unwrap();
        for bad in [&[][..], &[""], &["{org}"], &["*org"], &["org", "a/b"]] {
            assert_eq!(Names::parse(bad.iter().copied()).unwrap_err().field(), "namespace", "{bad:?}");
        }
    }
}
