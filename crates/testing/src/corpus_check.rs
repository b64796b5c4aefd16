//! Compares a corpus with the documents that the tests of its crate make.

use std::{collections::BTreeSet, fmt::Debug, fs, path::Path};

use crate::corpus::{Made, files};

/// The body of a fuzz target: reads bytes, and returns why they are refused.
pub type Body<K> = fn(&[u8]) -> Result<(), K>;

/// Checks that the corpus has exactly these documents, by name, and that each target gives every stored document the
/// verdict that was expected for the new one. If `TOWER_SSO_WRITE_CORPUS` is set, writes the corpus again first.
///
/// The tests make the documents anew each time, and the stored ones stay. This shows that a verdict does not change with
/// the code that makes the documents.
///
/// # Panics
///
/// Panics if the corpus differs, or if a verdict does.
pub fn check<K: Copy + Debug + PartialEq>(corpus: &Path, made: &[Made<K>], targets: &[(&str, Body<K>)]) {
    if std::env::var_os("TOWER_SSO_WRITE_CORPUS").is_some() {
        drop(fs::remove_dir_all(corpus));
        for made in made {
            let directory = corpus.join(made.target);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(&made.name), &made.bytes).unwrap();
        }
    }
    let names = |target: &str| {
        let names = made.iter().filter(|made| made.target == target).map(|made| made.name.clone());
        names.collect::<BTreeSet<_>>()
    };
    let entries =
        fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let expected = targets.iter().map(|(target, _)| (*target).to_owned()).chain(names(""));
    assert_eq!(entries.collect::<BTreeSet<_>>(), expected.collect());
    for (target, body) in targets {
        let files = files(corpus, target);
        assert_eq!(files.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), names(target));
        for (name, bytes) in files {
            let made = made.iter().find(|made| made.target == *target && made.name == name).unwrap();
            assert_eq!(body(&bytes).err(), made.refused, "{target}/{name}");
        }
    }
}
