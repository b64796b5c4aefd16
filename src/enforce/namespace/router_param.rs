//! The organization as axum's own router captured it: what the handler gets.

use std::{
    future::Future as _,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::extract::{FromRequestParts as _, MatchedPath, OriginalUri, RawPathParams};
use http::{Extensions, Request};

use super::{FreeMounts, Scope, Told};
use crate::{OrgSlug, RequestHead};

const NOT_MATCHED: &str =
    "the request has no matched path: the layer stands around a fallback, a nested service or a whole router";
const TWICE: &str = "the organization's parameter is captured twice";
const WILDCARD: &str =
    "the organization's parameter is a wildcard, which captures more than the organization";
const NOT_CAPTURED: &str = "the matched path names the organization's parameter, but it was not captured";
const NOT_UTF8: &str = "a path parameter is not UTF-8";

pub(super) fn tell(head: RequestHead<'_>, name: &str, free: &FreeMounts) -> Told {
    let Some(matched) = head.extensions.get::<MatchedPath>() else {
        let path = head.extensions.get::<OriginalUri>().map_or(head.uri, |original| &original.0).path();
        return Told::Scope(if free.holds(path) { Scope::Outside } else { Scope::Misplaced(NOT_MATCHED) });
    };
    match times(matched.as_str(), name) {
        0 => Told::Scope(Scope::Outside),
        // `{*org}` captures `acme/repo`, which is no organization to the host: that would pass.
        1 if wildcard(matched.as_str(), name) => Told::Scope(Scope::Misplaced(WILDCARD)),
        1 => Told::Captured,
        _ => Told::Scope(Scope::Misplaced(TWICE)),
    }
}

pub(super) fn captured(extensions: &mut Extensions, name: &str) -> Scope {
    // The extractor reads nothing but the extensions: they stand in a request of their own while it does.
    let mut parts = Request::new(()).into_parts().0;
    std::mem::swap(&mut parts.extensions, extensions);
    // It never waits: it clones what the router left there.
    let extracted = pin!(RawPathParams::from_request_parts(&mut parts, &()))
        .poll(&mut Context::from_waker(Waker::noop()));
    std::mem::swap(&mut parts.extensions, extensions);
    let params = match extracted {
        Poll::Ready(Ok(params)) => params,
        Poll::Ready(Err(_)) => return Scope::Unclear(NOT_UTF8),
        Poll::Pending => return Scope::Misplaced(NOT_CAPTURED),
    };
    let mut found = params.iter().filter(|(key, _)| *key == name);
    match (found.next(), found.next()) {
        (Some((_, slug)), None) => Scope::Organization(OrgSlug::new(slug)),
        (None, _) => Scope::Misplaced(NOT_CAPTURED),
        (Some(_), Some(_)) => Scope::Misplaced(TWICE),
    }
}

/// How often a matched path captures the name: as a segment, as a part of one, or as a wildcard.
fn times(matched: &str, name: &str) -> usize {
    let captures = |rest: &str| {
        let rest = rest.strip_prefix('*').unwrap_or(rest);
        rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('}'))
    };
    matched.split('{').skip(1).filter(|rest| captures(rest)).count()
}

fn wildcard(matched: &str, name: &str) -> bool {
    let rest = matched.split_once("{*").map(|(_, rest)| rest);
    rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with('}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matched_path_is_read_by_its_captures() {
        for (matched, expected) in [
            ("/", 0),
            ("/org", 0),
            ("/{organization}", 0),
            ("/x{org", 0),
            ("/{org}", 1),
            ("/{*org}", 1),
            ("/@{org}/x", 1),
            ("/{org}/{repo}", 1),
            ("/{org}/x/{org}", 2),
        ] {
            assert_eq!(times(matched, "org"), expected, "{matched}");
        }
    }
}
