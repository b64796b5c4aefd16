//! The documents in `tests/corpus`.

use std::{fs, path::PathBuf};

/// When everything in the corpus happens, in seconds since 1970: in 2026.
pub(crate) const NOW: u64 = 1_780_000_000;

/// The directory of the corpus.
pub fn directory() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "corpus"].iter().collect()
}

/// A key that the corpus is signed with: its public half.
pub(crate) fn key(name: &str) -> Vec<u8> {
    fs::read(directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documents of a target that are accepted as they are: their names say which.
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
