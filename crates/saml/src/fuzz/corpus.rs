//! Reads the documents and keys in `tests/corpus`.
//!
//! The corpus is written by a test of this crate. The name of a document says whether it is accepted.

use std::{fs, path::PathBuf};

/// Returns the directory of the corpus.
pub fn directory() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "corpus"].iter().collect()
}

/// Returns the public half of a key that the corpus is signed with.
pub(crate) fn key(name: &str) -> Vec<u8> {
    fs::read(directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the documents of a target that are accepted without changes. Their names say which ones these are.
pub(crate) fn honest(target: &str) -> Vec<Vec<u8>> {
    let directory = directory().join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let accepted = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("accepted-"))
    };
    paths.retain(accepted);
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}
