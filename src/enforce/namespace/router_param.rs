//! The organization as axum's own router captured it: what the handler gets.

use std::{
    fmt,
    future::Future as _,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::extract::{
    FromRequestParts, MatchedPath, OriginalUri, Path, RawPathParams, rejection::RawPathParamsRejection,
};
use http::{Extensions, Request, request::Parts};
use serde::{Deserialize, Deserializer, de};

use super::{FreeMounts, Scope, Told};
use crate::{RequestHead, id::Text};

const NOT_MATCHED: &str =
    "the request has no matched path: the layer stands around a fallback, a nested service or a whole router";
const TWICE: &str = "the organization's parameter is captured twice";
const WILDCARD: &str =
    "the organization's parameter is a wildcard, which captures more than the organization";
const NOT_CAPTURED: &str = "the matched path names the organization's parameter, but it was not captured";
const NOT_UTF8: &str = "a path parameter is not UTF-8";

#[inline]
pub(super) fn tell(head: RequestHead<'_>, name: &str, free: &FreeMounts) -> Told {
    let Some(matched) = head.extensions.get::<MatchedPath>() else {
        let path = head.extensions.get::<OriginalUri>().map_or(head.uri, |original| &original.0).path();
        return Told::Scope(if free.holds(path) { Scope::Outside } else { Scope::Misplaced(NOT_MATCHED) });
    };
    match captures(matched.as_str(), name) {
        Captures { times: 0, .. } => Told::Scope(Scope::Outside),
        // `{*org}` captures `acme/repo`, which is no organization to the host: that would pass.
        Captures { times: 1, wildcard: true } => Told::Scope(Scope::Misplaced(WILDCARD)),
        Captures { times: 1, wildcard: false } => Told::Captured,
        Captures { .. } => Told::Scope(Scope::Misplaced(TWICE)),
    }
}

pub(super) fn captured(extensions: &mut Extensions, name: &str) -> Scope {
    // The extractors read nothing but the extensions: they stand in a request of their own while these do.
    let mut parts = Request::new(()).into_parts().0;
    std::mem::swap(&mut parts.extensions, extensions);
    let scope = match extracted::<Path<First>>(&mut parts) {
        Poll::Ready(Ok(Path(First { key, value, again: false }))) if key.as_bytes() == name.as_bytes() => {
            Scope::Organization(value.into())
        }
        Poll::Ready(_) | Poll::Pending => among_all(&mut parts, name),
    };
    std::mem::swap(&mut parts.extensions, extensions);
    scope
}

/// It is not the first capture, or something is wrong.
#[cold]
fn among_all(parts: &mut Parts, name: &str) -> Scope {
    let params = match extracted::<RawPathParams>(parts) {
        Poll::Ready(Ok(params)) => params,
        Poll::Ready(Err(RawPathParamsRejection::InvalidUtf8InPathParam(_))) => {
            return Scope::Unclear(NOT_UTF8);
        }
        Poll::Ready(Err(_)) | Poll::Pending => return Scope::Misplaced(NOT_CAPTURED),
    };
    let mut found = params.iter().filter(|(key, _)| *key == name);
    match (found.next(), found.next()) {
        (Some((_, slug)), None) => Scope::Organization(slug.into()),
        (None, _) => Scope::Misplaced(NOT_CAPTURED),
        (Some(_), Some(_)) => Scope::Misplaced(TWICE),
    }
}

/// What an extractor reads of what the router left there: it never waits.
fn extracted<E: FromRequestParts<()>>(parts: &mut Parts) -> Poll<Result<E, E::Rejection>> {
    pin!(E::from_request_parts(parts, &())).poll(&mut Context::from_waker(Waker::noop()))
}

/// The first capture, which is nearly always the one, read where it stands: [`RawPathParams`] copies them all.
struct First {
    key: Text,
    value: Text,
    /// Whether another one has its name.
    again: bool,
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> de::Visitor<'de> for Read {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("captures")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<First, A::Error> {
                let first = map.next_entry::<Text, Text>()?;
                let (key, value) = first.ok_or_else(|| de::Error::custom("nothing is captured"))?;
                let mut again = false;
                while let Some((other, de::IgnoredAny)) = map.next_entry::<Text, de::IgnoredAny>()? {
                    again |= other == key;
                }
                Ok(First { key, value, again })
            }
        }

        deserializer.deserialize_map(Read)
    }
}

/// How a matched path captures a name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Captures {
    /// As a segment, as a part of one, or as a wildcard.
    times: usize,
    wildcard: bool,
}

fn captures(matched: &str, name: &str) -> Captures {
    let mut found = Captures::default();
    let mut left = matched.as_bytes();
    while let Some(brace) = left.iter().position(|byte| *byte == b'{') {
        left = left.get(brace + 1..).unwrap_or_default();
        let plain = left.strip_prefix(b"*").unwrap_or(left);
        // The brace first: it tells most names apart without reading them.
        if plain.get(name.len()) == Some(&b'}') && plain.starts_with(name.as_bytes()) {
            found.times += 1;
            found.wildcard |= plain.len() < left.len();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_capture_says_whether_another_has_its_name() {
        use serde::de::value::{Error, MapDeserializer};
        for (captures, again) in [
            (&[("org", "acme")][..], Some(false)),
            (&[("org", "acme"), ("repo", "org")], Some(false)),
            (&[("org", "acme"), ("repo", "x"), ("org", "umbrella")], Some(true)),
            (&[("org", "acme"), ("org", "acme")], Some(true)),
            (&[], None),
        ] {
            let read = MapDeserializer::<_, Error>::new(captures.iter().copied());
            let first = First::deserialize(read).ok();
            assert_eq!(first.as_ref().map(|first| first.again), again, "{captures:?}");
            assert!(first.is_none_or(|it| (it.key.as_str(), it.value.as_str()) == ("org", "acme")));
        }
    }

    #[test]
    fn a_matched_path_is_read_by_its_captures() {
        for (matched, times, wildcard) in [
            ("/", 0, false),
            ("", 0, false),
            ("/org", 0, false),
            ("/{organization}", 0, false),
            ("/x{org", 0, false),
            ("/{", 0, false),
            ("/{*", 0, false),
            ("/{or}/{*rest}", 0, false),
            ("/{org}", 1, false),
            ("/{*org}", 1, true),
            ("/{org}/{*rest}", 1, false),
            ("/@{org}/x", 1, false),
            ("/{org}/{repo}", 1, false),
            ("/{org}/x/{org}", 2, false),
            ("/{org}/x/{*org}", 2, true),
        ] {
            assert_eq!(captures(matched, "org"), Captures { times, wildcard }, "{matched}");
        }
    }
}
