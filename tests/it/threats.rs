//! `docs/threats.md` names tests that exist.

use std::{collections::HashSet, fs, path::Path};

/// The name of every function in the sources, and of every test that a macro makes.
fn functions(directory: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // Tests that a macro makes stand as `name: What;`.
            let made = text.lines().filter_map(|line| line.trim().strip_suffix(';')?.split_once(": "));
            found.extend(made.map(|(name, _)| name.to_owned()));
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

#[test]
fn every_attack_of_the_sources_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let threats = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let all = (1..=17).map(|at| format!("4.{at}")).chain((1..=23).map(|at| format!("16.{at}")));
    for section in all {
        let row = threats.lines().filter(|line| line.starts_with(&format!("| {section} |")));
        let row: Vec<_> = row.collect();
        assert_eq!(row.len(), 1, "{section}");
        let cells: Vec<_> = row[0].trim_matches('|').split(" | ").collect();
        assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.trim().is_empty()), "{section}");
        // A countermeasure has a test, and what does not apply a reason.
        assert!(cells[3].contains('`') || cells[2].trim() == "not applicable", "{section}");
    }
}
