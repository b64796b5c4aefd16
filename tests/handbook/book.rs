//! The shape of the book: every page has one title, no hidden lines, and a place in `docs/SUMMARY.md`.

use std::{collections::BTreeSet, fs};

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag};

use crate::{
    links::links,
    support::{blocks, options, page, pages, root},
};

#[test]
fn every_page_begins_with_its_only_title() {
    for (name, page) in pages() {
        assert!(page.starts_with("# "), "{name} has no title");
        let titles = Parser::new_ext(&page, options())
            .filter(|event| matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })));
        // mdBook reads the parts of the summary as titles.
        assert!(name == "SUMMARY.md" || titles.count() == 1, "{name} has several titles");
    }
}

#[test]
fn no_code_has_hidden_lines() {
    for (name, page) in pages() {
        for block in blocks(&page).into_iter().filter(|block| block.tag == "rust") {
            let hidden = |line: &str| line.trim() == "#" || line.trim_start().starts_with("# ");
            assert!(!block.code.lines().any(hidden), "{name}: hidden lines in\n{}", block.code);
        }
    }
}

#[test]
fn every_page_is_listed_once_in_the_summary() {
    let listed = links(&page("SUMMARY.md"));
    let unique: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    let pages: BTreeSet<_> = pages().into_keys().filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(unique, pages);
}

#[test]
fn the_book_is_made_of_docs_and_is_part_of_the_package() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap().parse::<toml::Table>().unwrap();
    assert_eq!(read("book.toml")["book"]["src"].as_str(), Some("docs"));
    let excluded = &read("Cargo.toml")["package"]["exclude"];
    let mut excluded = excluded.as_array().unwrap().iter().filter_map(|it| it.as_str());
    assert!(!excluded.any(|path| path.trim_start_matches('/').starts_with("docs")));
}

/// The title of a page.
fn title(page: &str) -> &str {
    page.lines().next().unwrap().trim_start_matches("# ")
}

#[test]
fn the_reference_lists_every_page_but_the_single_guides() {
    let module = fs::read_to_string(root().join("src/handbook.rs")).unwrap();
    let repository = env!("CARGO_PKG_REPOSITORY");
    for (name, page) in pages() {
        let is_one_guide =
            name.starts_with("guides/") && !name.ends_with("index.md") && !name.contains("developers");
        if name != "SUMMARY.md" && !is_one_guide {
            let (title, file) = (
                format!("//! | *{}*", title(&page)),
                format!("| [`docs/{name}`]({repository}/blob/main/docs/{name}) |"),
            );
            let row = module.lines().find(|line| line.starts_with(&title) && line.ends_with(&file));
            assert!(row.is_some(), "src/handbook.rs has no row for {title} {file}");
        }
    }
}

#[test]
fn every_page_that_the_reference_names_exists() {
    fn files(directory: &std::path::Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut sources = Vec::new();
    files(&root().join("src"), &mut sources);
    let pages = pages();
    let titles: BTreeSet<_> = pages.values().map(|page| title(page)).collect();
    let mut count = 0;
    for source in sources {
        for named in
            source.replace("[handbook](crate::handbook)", "[handbook]").split("[handbook], *").skip(1)
        {
            let named = named.split('*').next().unwrap();
            assert!(titles.contains(named), "the handbook has no page {named:?}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}
