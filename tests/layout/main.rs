//! Checks the layout of the sources: imports go in one direction, and each name is imported from where it is defined.
//!
//! The test reads the files of `src` and of `crates/*/src`, or those below the folder that `LAYOUT_ROOT` names. Only
//! product code counts: code that is compiled without tests, doctests, fuzzing, and features that begin with `_`.
//!
//! The test can't see what a name means inside the body of `macro_rules!`, or which method a call refers to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that can't go on says so by panicking; syn's enums have many variants"
)]

mod attributes;
mod bindings;
mod circles;
mod conditions;
mod figures;
mod found;
mod graph;
mod imports;
mod machinery;
mod names;
mod rules;
mod source;
mod tokens;
mod tree;
mod visitor;
mod workspace;
mod written;

use std::sync::LazyLock;

use figures::Figures;
use rules::Findings;

/// The violations of the rules in each crate.
static FOUND: LazyLock<Vec<Findings>> = LazyLock::new(|| source::crates().iter().map(rules::check).collect());

#[test]
fn no_files_import_each_other_in_a_circle() {
    none(|found| &found.file_circles, "files import each other in a circle");
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    none(|found| &found.module_circles, "modules import each other in a circle");
}

#[test]
fn a_mod_file_holds_documentation_modules_and_imports_only() {
    none(|found| &found.items_in_mod_files, "mod.rs defines an item: move it to a file that is named for it");
}

#[test]
fn imports_name_the_module_where_the_item_is_defined() {
    none(
        |found| &found.detours,
        "a path leads through a re-export: name the module where the item is defined",
    );
}

#[test]
fn every_file_and_path_of_the_sources_is_understood() {
    none(|found| &found.unread, "the other tests of this file don't see what is listed here");
}

/// Prints the figures of each crate: `cargo test --test layout figures -- --nocapture`.
#[test]
fn figures() {
    let mut all = Figures::default();
    for texts in source::crates() {
        let (root, figures) = (source::root(&texts).to_owned(), Figures::of(&texts));
        eprintln!("{root}: {figures}\n");
        all.add(figures);
    }
    eprintln!("in all: {all}");
    let large = all.files_over(700);
    assert!(
        large.is_empty(),
        "a file of more than 700 lines of product code: split it by job\n{}",
        large.join("\n")
    );
}

fn none(rule: fn(&Findings) -> &Vec<String>, problem: &str) {
    let found: Vec<_> = FOUND.iter().flat_map(rule).map(String::as_str).collect();
    assert!(found.is_empty(), "{problem} ({})\n{}\n", found.len(), found.join("\n"));
}
