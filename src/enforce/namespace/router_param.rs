//! The organization as axum's own router captured it: what the handler gets.

use std::{
    future::Future as _,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::extract::{
    FromRequestParts as _, MatchedPath, OriginalUri, RawPathParams, rejection::RawPathParamsRejection,
};
use http::{Extensions, Request};

use super::{FreeMounts, Scope, Told};
use crate::RequestHead;

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
    match captures(matched.as_str(), name) {
        Captures { times: 0, .. } => Told::Scope(Scope::Outside),
        // `{*org}` captures `acme/repo`, which is no organization to the host: that would pass.
        Captures { times: 1, wildcard: true } => Told::Scope(Scope::Misplaced(WILDCARD)),
        Captures { times: 1, wildcard: false } => Told::Captured,
        Captures { .. } => Told::Scope(Scope::Misplaced(TWICE)),
    }
}

pub(super) fn captured(extensions: &mut Extensions, name: &str) -> Scope {
    // The extractor reads nothing but the extensions: they stand in a request of their own while it does.
    let mut parts = Request::new(()).into_parts().0;
    std::mem::swap(&mut parts.extensions, extensions);
    // It never waits: it copies what the router left there.
    let extracted = pin!(RawPathParams::from_request_parts(&mut parts, &()))
        .poll(&mut Context::from_waker(Waker::noop()));
    std::mem::swap(&mut parts.extensions, extensions);
    let params = match extracted {
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
    while let [byte, rest @ ..] = left {
        left = rest;
        if *byte == b'{' {
            let plain = rest.strip_prefix(b"*").unwrap_or(rest);
            // The brace first: it tells most names apart without reading them.
            if plain.get(name.len()) == Some(&b'}') && plain.starts_with(name.as_bytes()) {
                found.times += 1;
                found.wildcard |= plain.len() < rest.len();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
