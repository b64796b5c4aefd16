//! Finds and parses the sources.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::tree::Files;

/// The text of each file of a crate, by its path from the root of the repository: `crates/core/src/lib.rs`.
pub type Texts = BTreeMap<String, String>;

/// Reads the package at the root, and then each crate in `crates`.
pub fn crates() -> Vec<Texts> {
    let root = std::env::var_os("LAYOUT_ROOT")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let crates = root.join("crates");
    let mut packages = if crates.is_dir() { entries(&crates) } else { Vec::new() };
    packages.insert(0, root.clone());
    packages.retain(|package| package.join("Cargo.toml").is_file());
    let texts = packages.iter().map(|package| {
        let mut texts = Texts::new();
        read(&root, &package.join("src"), &mut texts);
        texts
    });
    texts.collect()
}

fn read(root: &Path, folder: &Path, texts: &mut Texts) {
    for path in entries(folder) {
        if path.is_dir() {
            read(root, &path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            texts.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Returns the entries of a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{} can't be read: {error}", folder.display()));
    let mut paths: Vec<_> = found.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Parses the files of a crate.
pub fn parse(texts: &Texts) -> Files {
    let parsed = texts.iter().map(|(file, text)| {
        let source = syn::parse_file(text).unwrap_or_else(|error| panic!("{file} can't be parsed: {error}"));
        (file.clone(), source)
    });
    parsed.collect()
}

/// Returns the path of the crate's root file.
pub fn root(texts: &Texts) -> &str {
    let ending = |end| texts.keys().find(|file| file.ends_with(end));
    ending("src/lib.rs").or_else(|| ending("src/main.rs")).expect("the crate has a lib.rs or a main.rs")
}
