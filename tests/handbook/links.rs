//! Every relative link leads to a file of the package and to a heading that exists.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{BrokenLink, Event, Parser, Tag, TagEnd};

use crate::support::{options, pages, root};

/// Where the links and images of a page lead.
pub fn links(text: &str) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    Parser::new_ext(text, options()).filter_map(target).collect()
}

/// The texts in brackets that look like links and have no target.
fn dangling(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let note = |link: BrokenLink<'_>| {
        found.push(link.reference.to_string());
        None
    };
    Parser::new_with_broken_link_callback(text, options(), Some(note)).for_each(drop);
    found
}

/// The anchors that GitHub gives to the headings of a page: in lower case, without punctuation, spaces as hyphens,
/// and a number behind one that is there already.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut found, mut heading) = (BTreeMap::<String, usize>::new(), None::<String>);
    let mut anchors = BTreeSet::new();
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default().to_lowercase();
                let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
                let seen = found.entry(slug.clone()).or_default();
                anchors.insert(if *seen == 0 { slug } else { format!("{slug}-{seen}") });
                *seen += 1;
            }
            _ => {}
        }
    }
    anchors
}

/// What is wrong with a link of the page at `from`, a path below the package.
fn problem(from: &str, link: &str) -> Option<String> {
    if link.starts_with("https://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let mut file = PathBuf::from(from);
    if !path.is_empty() {
        file.pop();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir => {
                    if !file.pop() {
                        return Some("leaves the package".to_owned());
                    }
                }
                Component::Normal(name) => file.push(name),
                Component::CurDir => {}
                Component::Prefix(_) | Component::RootDir => return Some("is no relative link".to_owned()),
            }
        }
    }
    if from.starts_with("docs/") && !file.starts_with("docs") {
        return Some("leaves the book".to_owned());
    }
    let whole = root().join(&file);
    if !whole.exists() {
        return Some(format!("{} does not exist", file.display()));
    }
    let anchor = anchor?;
    let Ok(text) = fs::read_to_string(&whole) else { return Some("an anchor of what is no page".to_owned()) };
    (!anchors(&text).contains(anchor)).then(|| format!("{} has no heading #{anchor}", file.display()))
}

#[test]
fn every_relative_link_and_anchor_leads_somewhere() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let pages = pages().into_iter().map(|(name, page)| (format!("docs/{name}"), page));
    let mut count = 0;
    for (name, page) in pages.chain([("README.md".to_owned(), readme)]) {
        for link in links(&page) {
            assert_eq!(problem(&name, &link), None, "{name}: {link}");
            count += 1;
        }
    }
    assert!(count > 250, "{count}");
}

#[test]
fn no_page_has_a_link_without_a_target() {
    for (name, page) in pages() {
        assert_eq!(dangling(&page), Vec::<String>::new(), "{name}");
        assert!(!page.contains("](crate::"), "{name} has a link of rustdoc");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_detected() {
    let page = "docs/sessions.md";
    for (right, wrong) in [
        ("tokens.md", "token.md"),
        ("tokens.md#the-page", "tokens.md#the-pages"),
        ("#logout", "#log-out"),
        ("guides/index.md#every-kind", "guides/index.md#every-kinds"),
        ("guides/okta.md", "../README.md"),
    ] {
        assert_eq!(problem(page, right), None, "{right}");
        assert!(problem(page, wrong).is_some(), "{wrong}");
    }
    assert_eq!(dangling("[`one`] and [`two`]\n\n[`one`]: one.md\n"), ["`two`"]);
}

#[test]
fn anchors_are_those_of_the_repositorys_page() {
    let text = "# A page\n\n## `SsoPass`, in handlers\n\n## Twice\n\n## Twice\n\n## What's *new* (1.0)\n\n## a_b – c\n";
    let expected = ["a-page", "ssopass-in-handlers", "twice", "twice-1", "whats-new-10", "a_b--c"];
    assert_eq!(anchors(text), expected.map(str::to_owned).into());
}
