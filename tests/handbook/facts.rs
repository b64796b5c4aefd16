//! Facts of the pages that the sources can confirm: the paths of the architecture, and the bounds of the store in memory.

use std::fs;

use pulldown_cmark::{Event, Parser};
use tower_sso::store::MemoryLimits;

use crate::support::{options, page, root};

/// The words of a page that are marked as code.
fn code(text: &str) -> Vec<String> {
    let code = |event| match event {
        Event::Code(text) => Some(text.to_string()),
        _ => None,
    };
    Parser::new_ext(text, options()).filter_map(code).collect()
}

/// Whether a path of the architecture exists: below the package, or below its `src`.
fn exists(path: &str) -> bool {
    root().join(path).exists() || root().join("src").join(path).exists()
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let paths: Vec<_> = code(&page("architecture.md")).into_iter().filter(|it| it.contains('/')).collect();
    assert!(paths.len() > 40, "{}", paths.len());
    for path in paths {
        assert!(exists(&path), "{path} does not exist");
    }
    assert!(!exists("src/enforce/decision.rs"));
}

#[test]
fn every_function_that_the_architecture_names_is_in_its_file() {
    let page = page("architecture.md");
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let code = code(row);
        for pair in row.split("` in `").collect::<Vec<_>>().windows(2) {
            let (name, path) = (pair[0].rsplit('`').next().unwrap(), pair[1].split('`').next().unwrap());
            let Ok(source) = fs::read_to_string(root().join(path)) else { continue };
            let defined = ["fn ", "struct "].iter().any(|kind| source.contains(&format!("{kind}{name}")));
            assert!(defined && code.iter().any(|it| it == path), "{path} does not define {name}");
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
}

/// `1000000` as the page writes it: `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|it| str::from_utf8(it).unwrap()).collect();
    groups.join(",")
}

#[test]
fn the_bounds_of_the_store_in_memory_are_its_defaults() {
    let bounds = page("bounds.md");
    let limits = MemoryLimits::default();
    for (what, limit) in [
        ("SSO sessions", limits.sessions),
        ("pending logins and tickets", limits.one_time),
        ("replay claims", limits.claims),
        ("account links", limits.links),
        ("join links", limits.join_links),
        ("marks of revocations", limits.marks),
        ("audit records", limits.events),
    ] {
        let row = bounds.lines().find(|line| line.starts_with(&format!("| {what} | {}", grouped(limit))));
        assert!(row.is_some(), "no row says that {what} are {limit}");
    }
}
