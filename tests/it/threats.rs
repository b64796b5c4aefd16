//! Checks that the tests named in `docs/threats.md` exist.

use std::{collections::HashSet, fs, path::Path};

/// Collects the names of all tests in the sources: functions with a test attribute, and the tests that our macros make.
fn tests(directory: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests_of(&fs::read_to_string(&path).unwrap()));
        }
    }
}

fn tests_of(text: &str) -> Vec<String> {
    let (mut found, mut attributed, mut made_by) = (Vec::new(), false, None);
    for line in text.lines() {
        let bare = line.trim();
        let function = || bare.split_once("fn ")?.1.split('(').next();
        // A macro call at the outermost level ends at the closing brace there.
        let call = line.strip_suffix("! {").filter(|name| !name.contains(' '));
        // The list of the rules of every store is in the macro's own definition.
        let contract = "$crate::store_conformance! { $store;";
        if call.is_some() || bare == contract {
            made_by = call.or(Some("store_conformance"));
        } else if line == "}" {
            made_by = None;
        } else if bare.starts_with("#[") {
            attributed |= bare == "#[test]" || bare.starts_with("#[tokio::test");
        } else if !bare.starts_with("//") {
            let name = match made_by {
                _ if attributed => function(),
                Some("refused") if bare.contains(" -> ") => function(),
                Some("every_verb") => bare.strip_suffix(';').and_then(|it| it.split(": ").next()),
                Some("store_conformance") => Some(bare),
                _ => None,
            };
            found.extend(name.map(str::to_owned));
            attributed = false;
        }
    }
    found
}

#[test]
fn tests_are_recognized_and_other_functions_are_not() {
    let text = "
fn helper() {}
/// Says what.
#[test]
// Why.
#[should_panic(expected = \"x\")]
fn a_test() {
    #[expect(clippy::x)]
    let x = 1;
    fn inside() {}
}
    #[tokio::test(flavor = \"multi_thread\")]
    async fn an_async_test() {}
pub(crate) async fn of_a_contract(store: Store) {}
refused! {
    /// An attack.
    fn an_attack() -> SamlIdInvalid { helper() }
}
fn after() -> u8 { 1 }
every_verb! {
    a_verb: Viewer;
}
    a_field: Viewer;
        $crate::store_conformance! { $store;
            sessions {
                a_sentence
            }
        }
}
    another_word
";
    let found = tests_of(text);
    for name in ["a_test", "an_async_test", "an_attack", "a_verb", "a_sentence"] {
        assert!(found.iter().any(|it| it == name), "{name}: {found:?}");
    }
    for name in ["helper", "inside", "of_a_contract", "after", "a_field", "another_word"] {
        assert!(!found.iter().any(|it| it == name), "{name}: {found:?}");
    }
}

#[test]
fn every_test_that_the_threats_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = HashSet::new();
    tests(&root.join("src"), &mut found);
    tests(&root.join("crates"), &mut found);
    tests(&root.join("tests"), &mut found);
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
        assert!(found.contains(name), "{name} is not a test");
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
        // A countermeasure must name a test. A threat that does not apply must have a reason.
        assert!(cells[3].contains('`') || cells[2].trim() == "not applicable", "{section}");
    }
}
