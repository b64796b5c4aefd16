//! Links to docs.rs name items that exist where the link says, of the right kind, with the member after the `#`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Fields, Item, TraitItem, UseTree, Visibility};

use crate::{
    links::links,
    support::{pages, root},
};

/// The public names of a crate's modules, and the members of every type of the workspace's sources.
#[derive(Default)]
struct Items {
    /// The names that a module offers; the root's module is empty.
    modules: BTreeMap<String, BTreeSet<String>>,
    /// For `struct.Name`, the anchors of its page.
    members: BTreeMap<String, BTreeSet<String>>,
}

fn parsed(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn leaves(tree: &UseTree, found: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => leaves(&path.tree, found),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, found)),
        UseTree::Name(name) => drop(found.insert(name.ident.to_string())),
        UseTree::Rename(rename) => drop(found.insert(rename.rename.to_string())),
        UseTree::Glob(_) => {}
    }
}

impl Items {
    fn of(source: &Path, others: &[PathBuf]) -> Self {
        let mut items = Self::default();
        items.module(source, "", &parsed(&source.join("lib.rs")).items);
        for directory in others.iter().map(PathBuf::as_path).chain([source]) {
            items.walk(directory);
        }
        items
    }

    fn module(&mut self, source: &Path, name: &str, contents: &[Item]) {
        for item in contents {
            let mut names = BTreeSet::new();
            match item {
                Item::Use(it) if is_public(&it.vis) => leaves(&it.tree, &mut names),
                Item::Struct(it) if is_public(&it.vis) => drop(names.insert(it.ident.to_string())),
                Item::Enum(it) if is_public(&it.vis) => drop(names.insert(it.ident.to_string())),
                Item::Trait(it) if is_public(&it.vis) => drop(names.insert(it.ident.to_string())),
                Item::Fn(it) if is_public(&it.vis) => drop(names.insert(it.sig.ident.to_string())),
                Item::Mod(it) if is_public(&it.vis) && name.is_empty() => {
                    let module = it.ident.to_string();
                    let file = source.join(format!("{module}.rs"));
                    let file = if file.exists() { file } else { source.join(&module).join("mod.rs") };
                    match &it.content {
                        Some((_, contents)) => self.module(source, &module, contents),
                        None => self.module(source, &module, &parsed(&file).items),
                    }
                }
                _ => {}
            }
            self.modules.entry(name.to_owned()).or_default().extend(names);
        }
    }

    fn walk(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.walk(&path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                parsed(&path).items.iter().for_each(|item| self.item(item));
            }
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(it) if is_public(&it.vis) => {
                let members = self.members.entry(format!("struct.{}", it.ident)).or_default();
                if let Fields::Named(fields) = &it.fields {
                    let fields = fields.named.iter().filter(|field| is_public(&field.vis));
                    members.extend(
                        fields.filter_map(|field| Some(format!("structfield.{}", field.ident.as_ref()?))),
                    );
                }
            }
            Item::Enum(it) if is_public(&it.vis) => {
                let members = self.members.entry(format!("enum.{}", it.ident)).or_default();
                members.extend(it.variants.iter().map(|variant| format!("variant.{}", variant.ident)));
            }
            Item::Trait(it) if is_public(&it.vis) => {
                let members = self.members.entry(format!("trait.{}", it.ident)).or_default();
                members.extend(it.items.iter().filter_map(|item| match item {
                    TraitItem::Fn(it) if it.default.is_some() => Some(format!("method.{}", it.sig.ident)),
                    TraitItem::Fn(it) => Some(format!("tymethod.{}", it.sig.ident)),
                    _ => None,
                }));
            }
            Item::Fn(it) if is_public(&it.vis) => {
                self.members.entry(format!("fn.{}", it.sig.ident)).or_default();
            }
            Item::Impl(it) if it.trait_.is_none() => {
                let syn::Type::Path(path) = &*it.self_ty else { return };
                let Some(name) = path.path.segments.last().map(|it| it.ident.to_string()) else { return };
                for item in &it.items {
                    if let syn::ImplItem::Fn(it) = item
                        && is_public(&it.vis)
                    {
                        for kind in ["struct", "enum"] {
                            let members = self.members.entry(format!("{kind}.{name}")).or_default();
                            members.insert(format!("method.{}", it.sig.ident));
                        }
                    }
                }
            }
            // What a macro makes: an id of the crate `core` (`identifier! { AccountId }`), or `pub enum` in its rules.
            Item::Macro(it) => {
                let words = it.mac.tokens.to_string();
                let words: Vec<_> = words.split_whitespace().collect();
                if it.mac.path.is_ident("identifier") {
                    self.members.entry(format!("struct.{}", words.last().unwrap())).or_default();
                }
                for at in words.windows(3).filter(|at| at[0] == "pub" && ["enum", "struct"].contains(&at[1]))
                {
                    self.members.entry(format!("{}.{}", at[1], at[2])).or_default();
                }
            }
            Item::Mod(it) => {
                it.content.iter().flat_map(|(_, items)| items).for_each(|item| self.item(item));
            }
            _ => {}
        }
    }

    /// What is wrong with the address below the crate's page: `audit/trait.AuditSink.html#tymethod.record`.
    fn problem(&self, address: &str) -> Option<String> {
        let (page, anchor) = address.split_once('#').map_or((address, None), |(page, it)| (page, Some(it)));
        let (module, file) = page.rsplit_once('/').unwrap_or(("", page));
        let Some(names) = self.modules.get(module) else {
            return Some(format!("no public module {module:?}"));
        };
        if file == "index.html" {
            return None;
        }
        let item = file.strip_suffix(".html").unwrap_or_default();
        let Some(members) = self.members.get(item) else { return Some(format!("no public {item:?}")) };
        let name = item.rsplit('.').next().unwrap_or_default();
        if !names.contains(name) {
            return Some(format!("{module:?} does not offer {name}"));
        }
        anchor.filter(|anchor| !members.contains(*anchor)).map(|anchor| format!("{item} has no {anchor}"))
    }
}

const OURS: &str = "https://docs.rs/tower-sso";
/// The crate for tests, whose items no page links to.
const PROVIDER: &str = "https://docs.rs/tower-sso-test-idp";

#[test]
fn every_link_to_the_reference_names_an_item() {
    let core = root().join("crates/core/src");
    let crates = [
        (
            "https://docs.rs/tower-sso/latest/tower_sso/",
            Items::of(&root().join("src"), std::slice::from_ref(&core)),
        ),
        ("https://docs.rs/tower-sso-core/latest/tower_sso_core/", Items::of(&core, &[])),
        (
            "https://docs.rs/tower-sso-sqlx/latest/tower_sso_sqlx/",
            Items::of(&root().join("crates/sqlx/src"), &[]),
        ),
    ];
    let mut count = 0;
    for (name, page) in pages() {
        for link in links(&page).into_iter().filter(|link| link.starts_with(OURS) && link != PROVIDER) {
            let found = crates.iter().find_map(|(prefix, items)| Some((link.strip_prefix(prefix)?, items)));
            let Some((address, items)) = found else { panic!("{name}: {link} is no page of the reference") };
            assert_eq!(items.problem(address), None, "{name}: {link}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_link_to_an_item_that_moved_is_detected() {
    let items = Items::of(&root().join("src"), &[root().join("crates/core/src")]);
    for (right, wrong) in [
        ("struct.Sso.html#method.revoke", "struct.Sso.html#method.revoked"),
        ("struct.OrgId.html", "session/struct.OrgId.html"),
        ("trait.Directory.html#tymethod.apply", "trait.Directory.html#method.apply"),
        ("session/enum.RevocationScope.html#variant.Idp", "session/struct.RevocationScope.html#variant.Idp"),
        ("middleware/struct.PendingOrganization.html#structfield.until", "struct.PendingOrganization.html"),
        ("audit/index.html", "auditing/index.html"),
    ] {
        assert_eq!(items.problem(right), None);
        assert!(items.problem(wrong).is_some(), "{wrong}");
    }
}
