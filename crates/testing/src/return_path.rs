//! The body of the fuzz target that reads return paths.

use url::Url;

use tower_sso_core::ReturnPath;

/// The text is not a return path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOnThisSite;

/// Parses a return path. Asserts that a browser that goes to an accepted path stays on this site, and that the path can
/// be read back after it was stored.
///
/// # Errors
///
/// Returns [`NotOnThisSite`] if the text is not a return path.
pub fn return_path(text: &[u8]) -> Result<(), NotOnThisSite> {
    let refused = NotOnThisSite;
    let path = ReturnPath::parse(str::from_utf8(text).map_err(|_| refused)?).ok_or(refused)?;
    let site = Url::parse("https://hub.example/sso/1/finish?ticket=t").expect("an address");
    let gone = site.join(path.as_str()).expect("an address");
    assert_eq!(gone.origin(), site.origin(), "{path}");
    assert_eq!(gone.path(), path.as_str().split('?').next().unwrap_or_default(), "{path} is read as another");
    assert!(gone.username().is_empty() && gone.fragment().is_none());
    assert!(path.as_str().len() <= 2048 && path.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    let stored = serde_json::to_string(&path).expect("JSON");
    assert_eq!(serde_json::from_str::<ReturnPath>(&stored).expect("a path"), path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::corpus::files;

    #[test]
    fn the_names_of_the_corpus_state_the_verdicts() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let files = files(&corpus, "return_path");
        let expected = [
            "accepted-encoded.txt",
            "accepted-query.txt",
            "accepted-root.txt",
            "refused-address.txt",
            "refused-backslash.txt",
            "refused-dots.txt",
            "refused-encoded-dots.txt",
            "refused-header.txt",
            "refused-host.txt",
            "refused-script.txt",
            "refused-tab.txt",
        ];
        assert!(files.iter().map(|(name, _)| name.as_str()).eq(expected));
        for (name, bytes) in files {
            assert_eq!(return_path(&bytes).is_ok(), name.starts_with("accepted-"), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_return_path_always_stays_on_this_site(
            parts in prop::collection::vec(
                prop::sample::select(vec!["/", "\\", ".", "..", "%2e", "%2E", "%2f", "%5c", "?", "#", "@", ":", "//", "evil.example",
                    "a", "\"", "<", "{", "^", "`", "|", "'", "[", "\t", "\r", "\n", " ", "\u{0}", "https:", "ä", ";"]), 0..8),
        ) {
            let _ = return_path(format!("/{}", parts.concat()).as_bytes());
            let _ = return_path(parts.concat().as_bytes());
        }

        #[test]
        fn no_bytes_make_the_body_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
            let _ = return_path(&bytes);
            let _ = return_path(text.as_bytes());
        }
    }
}
