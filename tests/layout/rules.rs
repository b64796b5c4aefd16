//! The rules. Each rule finds its violations.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use crate::{
    circles::{Arrows, circles, lines},
    graph::Graph,
    source::{self, Texts},
    tree::{Tree, full_path},
};

/// The violations of the rules in a crate.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    pub file_circles: Vec<String>,
    pub module_circles: Vec<String>,
    pub items_in_mod_files: Vec<String>,
    pub detours: Vec<String>,
    /// The code that was not understood.
    pub unread: Vec<String>,
}

/// Checks the files of a crate against the rules.
pub fn check(texts: &Texts) -> Findings {
    let files = source::parse(texts);
    let tree = Tree::read(&files, source::root(texts));
    let graph = Graph::of(&tree);
    let unreached = tree.unreached().into_iter().map(|file| format!("{file}: no module declares the file"));
    Findings {
        file_circles: file_circles(&graph.arrows),
        module_circles: module_circles(&tree, &graph.arrows),
        items_in_mod_files: items_in_mod_files(&tree),
        unread: tree.missing.iter().cloned().chain(unreached).chain(graph.unknown).collect(),
        detours: graph.detours.into_iter().collect(),
    }
}

fn file_circles(arrows: &Arrows<String>) -> Vec<String> {
    let text = |circle: BTreeSet<String>| {
        format!("a circle of {} files\n  {}", circle.len(), lines(arrows, &circle, &circle).join("\n  "))
    };
    circles(arrows).into_iter().map(text).collect()
}

/// Finds circles among the children of each module. Everything below a child counts as the child. The module's own file
/// does not count.
fn module_circles(tree: &Tree<'_>, arrows: &Arrows<String>) -> Vec<String> {
    let mut homes: BTreeMap<&str, &[String]> = BTreeMap::new();
    for (_, module) in tree.product() {
        homes.entry(module.file).or_insert(&module.path);
    }
    let parents: BTreeSet<_> =
        homes.values().flat_map(|path| (0..path.len()).map(|end| &path[..end])).collect();
    let mut found = Vec::new();
    for parent in parents {
        let mut children: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (file, path) in &homes {
            if let Some([child, ..]) = path.strip_prefix(parent) {
                children.entry(child).or_default().insert((*file).to_owned());
            }
        }
        let child = |file| children.iter().find(|(_, files)| files.contains(file)).map(|(child, _)| *child);
        let ends = arrows.keys().filter_map(|(from, to)| Some((child(from)?, child(to)?)));
        let level: Arrows<&str> = ends.map(|pair| (pair, BTreeSet::new())).collect();
        for circle in circles(&level) {
            let mut text = vec![format!("a circle of {} modules in {}", circle.len(), full_path(parent))];
            for (from, to) in
                level.keys().filter(|(from, to)| from != to && circle.contains(from) && circle.contains(to))
            {
                text.push(format!("  {from} -> {to}"));
                text.extend(
                    lines(arrows, &children[from], &children[to]).iter().map(|line| format!("    {line}")),
                );
            }
            found.push(text.join("\n"));
        }
    }
    found
}

/// Finds the items in the `mod.rs` files of product code.
fn items_in_mod_files(tree: &Tree<'_>) -> Vec<String> {
    let product: BTreeSet<_> = tree.product().map(|(_, module)| module.file).collect();
    let mod_files = product.into_iter().filter(|file| file.ends_with("/mod.rs"));
    let found = mod_files.filter_map(|file| {
        let items: Vec<_> = tree.files[file].items.iter().filter_map(item).collect();
        (!items.is_empty()).then(|| format!("{file}: {}", items.join(", ")))
    });
    found.collect()
}

/// Returns the name of an item in a file that is neither an import nor a module.
fn item(item: &Item) -> Option<String> {
    Some(match item {
        Item::Use(_) => return None,
        Item::Mod(item) if item.content.is_none() => return None,
        Item::Mod(item) => format!("mod {} {{…}}", item.ident),
        Item::Const(item) => format!("const {}", item.ident),
        Item::Static(item) => format!("static {}", item.ident),
        Item::Fn(item) => format!("fn {}", item.sig.ident),
        Item::Enum(item) => format!("enum {}", item.ident),
        Item::Struct(item) => format!("struct {}", item.ident),
        Item::Trait(item) => format!("trait {}", item.ident),
        Item::Type(item) => format!("type {}", item.ident),
        Item::Impl(_) => "impl".to_owned(),
        Item::Macro(syn::ItemMacro { ident: Some(name), .. }) => format!("macro {name}"),
        Item::Macro(_) => "a macro call".to_owned(),
        _ => "another item".to_owned(),
    })
}
