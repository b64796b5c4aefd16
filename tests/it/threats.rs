//! `docs/threats.md` names tests that exist.

use std::{collections::HashSet, fs, path::Path};

/// Every word that stands behind `fn ` in the sources.
fn functions(directory: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(
                text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next()).map(str::to_owned),
            );
        }
    }
}

#[test]
fn every_test_that_the_threats_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = HashSet::new();
    functions(&root.join("src"), &mut found);
    functions(&root.join("tests"), &mut found);
    let threats = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let named: Vec<_> = threats
        .lines()
        .filter_map(|line| line.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| {
            name.contains('_')
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        })
        .filter(|name| !["at_hash", "email_verified"].contains(name))
        .collect();
    assert!(named.len() > 40, "{}", named.len());
    for name in named {
        assert!(found.contains(name), "{name} is no test");
    }
}
