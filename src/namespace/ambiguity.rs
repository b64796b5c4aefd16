//! Ambiguous paths: paths in which two programs can see two different resources.
//!
//! A proxy, a router and a handler may each normalize a path differently. If the path is matched as text, an ambiguous
//! path must be refused, because the handler might see another organization in it than the layer.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Returns a sentence that says what is ambiguous in the path, or `None` if the path is unambiguous. It assumes that a
/// program may merge slashes, resolve dot segments, remove matrix parameters, treat a backslash as a slash, and decode
/// more than once.
pub(crate) fn find_in(path: &str) -> Option<&'static str> {
    if path.contains("//") {
        return Some("the path has an empty segment");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("the path has a byte that must be encoded");
    }
    path.split('/').find_map(|segment| {
        let mut segment = Cow::Borrowed(segment.as_bytes());
        for _decoded in 0..3 {
            if let Some(why) = path_syntax_in(&segment) {
                return Some(why);
            }
            if !segment.contains(&b'%') {
                break;
            }
            segment = Cow::Owned(percent_decode(&segment).collect());
        }
        None
    })
}

/// Returns a sentence if a decoded segment contains characters that a program could treat as path syntax.
fn path_syntax_in(segment: &[u8]) -> Option<&'static str> {
    if segment.iter().any(|byte| matches!(byte, b'/' | b'\\' | b';') || byte.is_ascii_control()) {
        Some("the path has an encoded slash, a backslash, a matrix parameter or a control byte")
    } else if segment == b"." || segment == b".." {
        Some("the path has a dot segment")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_unambiguous() {
        for path in [
            "/",
            "/acme",
            "/acme/",
            "/acme%20x/r",
            "/a.b/.c/..d/%C3%A4",
            "/a:b@c!$&'()*+,=~",
            "/x/100%25",
            "/x/what%3f%23",
            "/x/a%2eb",
            "/acme%",
            "/x/50%zz",
        ] {
            assert_eq!(find_in(path), None, "{path}");
        }
    }

    #[test]
    fn every_ambiguous_path_is_detected() {
        for path in [
            "//acme",
            "/x//acme",
            "/./acme",
            "/x/../acme",
            "/x/%2e%2e/acme",
            "/%2E/acme",
            "/.%2e/acme",
            "/acme%2fx",
            "/acme%2Fx",
            "/acme%5cx",
            "/acme\\x",
            "/acme;v=1",
            "/acme%3bv=1",
            "/acme%00",
            "/acme%252f",
            "/acme%0a",
            "/a/.",
            "/a/..",
            "/%252e%252e/acme",
            "/acme%09",
            "/acme%7f",
        ] {
            assert!(find_in(path).is_some(), "{path}");
        }
    }
}
