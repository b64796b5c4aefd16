//! Every block of code is tagged, and compiled or parsed.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::{blocks, connections, pages, root, toml_blocks};

const TAGS: [&str; 13] = [
    "rust",
    "toml",
    "text",
    "sh",
    "console",
    "json",
    "html",
    "http",
    "css",
    "javascript",
    "mermaid",
    "sql",
    "xml",
];

/// The regions of a file, by name: without the indentation that they share, and without empty lines around them.
fn regions(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        let bare = line.trim();
        let marker = bare.strip_prefix("// [").and_then(|it| it.strip_suffix(']'));
        match (marker, &mut open) {
            (Some(name), None) => open = Some((name.to_owned(), Vec::new())),
            (Some(end), Some((name, lines))) => {
                assert_eq!(end, format!("/{name}"), "a region ends before the next begins");
                assert!(found.insert(name.clone(), dedented(lines)).is_none(), "two regions {name}");
                open = None;
            }
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a region without an end");
    found
}

fn dedented(lines: &[&str]) -> String {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let shared = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines: Vec<_> = lines.iter().map(|line| line.get(shared..).unwrap_or_default()).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The pages whose code needs another framework. It is compiled in the package `tests/stacks`.
const STACKS: [&str; 2] = ["grpc", "openapi"];

/// `guides/for-developers.md` is `for_developers`.
fn stem(page: &str) -> String {
    page.rsplit('/').next().unwrap().trim_end_matches(".md").to_lowercase().replace('-', "_")
}

/// The file of a page's code.
fn regions_of(page: &str) -> BTreeMap<String, String> {
    let stem = stem(page);
    let folder = if STACKS.contains(&&*stem) { "tests/stacks/tests/it" } else { "tests/handbook" };
    let path = root().join(folder).join(format!("{stem}.rs"));
    regions(&fs::read_to_string(path).unwrap_or_default())
}

/// The SQL scripts of the example with the name of the page: `axum-login.md` has `examples/axum_login/src`.
fn scripts_of(page: &str) -> Vec<String> {
    let directory = root().join("examples").join(stem(page)).join("src");
    let files = fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path());
    let scripts = files.filter(|file| file.extension().is_some_and(|it| it == "sql"));
    scripts.map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn every_sql_block_is_a_part_of_the_example() {
    let mut count = 0;
    for (name, page) in pages() {
        let scripts = scripts_of(&name);
        for block in blocks(&page).iter().filter(|it| it.tag == "sql") {
            assert!(scripts.iter().any(|it| it.contains(block.code.trim())), "{name}:\n{}", block.code);
            count += 1;
        }
    }
    assert_eq!(count, 1);
}

/// The regions of the examples' files with this extension. The name of a region begins with its file's path.
fn regions_of_examples(extension: &str) -> BTreeMap<String, String> {
    fn add(directory: &Path, extension: &str, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, extension, found);
            } else if path.extension().is_some_and(|it| it == extension) {
                let regions = regions(&fs::read_to_string(&path).unwrap());
                found.extend(
                    regions.into_iter().map(|(name, text)| (format!("{}: {name}", path.display()), text)),
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    add(&root().join("examples"), extension, &mut found);
    found
}

/// The blocks of every page that have this tag.
fn code(tag: &str) -> Vec<(String, String)> {
    let of = |(name, page): (String, String)| {
        let blocks = blocks(&page).into_iter().filter(|it| it.tag == tag);
        blocks.map(|it| (name.clone(), it.code.trim().to_owned())).collect::<Vec<_>>()
    };
    pages().into_iter().flat_map(of).collect()
}

#[test]
fn every_block_of_code_has_a_known_tag() {
    for (name, page) in pages() {
        for block in blocks(&page) {
            assert!(TAGS.contains(&block.tag.as_str()), "{name}: the tag {:?} of\n{}", block.tag, block.code);
        }
    }
}

#[test]
fn every_rust_block_is_code_that_compiles() {
    let (examples, code) = (regions_of_examples("rs"), code("rust"));
    for (name, block) in &code {
        let is_here = regions_of(name).values().chain(examples.values()).any(|it| it == block);
        assert!(is_here, "{name} has a block that is no region of its file and of no example:\n{block}");
    }
    for name in pages().into_keys() {
        for (region, text) in regions_of(&name) {
            assert!(code.contains(&(name.clone(), text)), "{name} does not show its region {region}");
        }
    }
    for (region, text) in &examples {
        assert!(code.iter().any(|(_, block)| block == text), "no page shows the region {region}");
    }
    assert!(code.len() >= 19 && examples.len() >= 10, "{} {}", code.len(), examples.len());
}

#[test]
fn every_javascript_block_is_part_of_an_example() {
    let (examples, code) = (regions_of_examples("js"), code("javascript"));
    for (name, block) in &code {
        assert!(examples.values().any(|it| it == block), "{name} has a block of no example:\n{block}");
    }
    for (region, text) in &examples {
        assert!(code.iter().any(|(_, block)| block == text), "no page shows the region {region}");
    }
    assert!(code.len() >= 3, "{}", code.len());
}

#[test]
fn a_region_is_read_without_its_indentation() {
    let text = "mod x {\n    // [one]\n\n    fn a() {\n        b();\n    }\n\n    // [/one]\n}\n";
    assert_eq!(regions(text), BTreeMap::from([("one".to_owned(), "fn a() {\n    b();\n}".to_owned())]));
}

#[test]
fn every_toml_block_is_read() {
    let mut built = 0;
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for (name, page) in pages().into_iter().chain([("the README".to_owned(), readme)]) {
        for block in toml_blocks(&page) {
            if block.contains("connection") {
                let found = connections(&block).unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
                assert!(!found.is_empty(), "{name}: no connection in\n{block}");
                built += found.len();
            } else {
                toml::from_str::<toml::Table>(&block)
                    .unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
            }
        }
    }
    assert!(built >= 28, "{built}");
}

#[test]
fn a_setting_that_does_not_exist_is_detected() {
    for (name, setting) in
        [("tokens.md", "tokens ="), ("joining.md", "lifetime ="), ("roles.md", "default =")]
    {
        let page = crate::support::page(name);
        let block = &toml_blocks(&page)[0];
        assert!(connections(block).is_ok() && block.contains(setting), "{name}");
        assert!(connections(&block.replace(setting, &format!("x_{setting}"))).is_err(), "{name}: {setting}");
    }
}
