//! The modules of a crate.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, ItemMod, ext::IdentExt as _};

use crate::{
    attributes,
    bindings::{Binding, Bindings, Space},
    conditions,
};

/// The files of a crate, by path from the root of the repository.
pub type Files = BTreeMap<String, syn::File>;

/// A module, in a file or in braces.
pub struct Module<'a> {
    pub file: &'a str,
    /// The names from the root of the crate to this module.
    pub path: Vec<String>,
    pub parent: Option<usize>,
    pub items: &'a [Item],
    /// Whether the module is not product code.
    pub test: bool,
    pub bindings: Bindings,
}

/// The modules of a crate. Each module has a number, and the root is 0.
pub struct Tree<'a> {
    pub files: &'a Files,
    pub modules: Vec<Module<'a>>,
    /// The `mod` items whose file does not exist.
    pub missing: Vec<String>,
}

impl<'a> Tree<'a> {
    /// Reads the modules that the root file declares, and the modules that these declare.
    pub fn read(files: &'a Files, root: &'a str) -> Self {
        let mut tree = Self { files, modules: Vec::new(), missing: Vec::new() };
        let test = conditions::is_test(&files[root].attrs);
        let module = Module {
            file: root,
            path: Vec::new(),
            parent: None,
            items: &files[root].items,
            test,
            bindings: Bindings::default(),
        };
        tree.add(module, folder(root));
        tree
    }

    /// Returns the modules of product code.
    pub fn product(&self) -> impl Iterator<Item = (usize, &Module<'a>)> {
        self.modules.iter().enumerate().filter(|(_, module)| !module.test)
    }

    /// Returns the files that no module declares.
    pub fn unreached(&self) -> Vec<&'a str> {
        let reached: BTreeSet<_> = self.modules.iter().map(|module| module.file).collect();
        self.files.keys().map(String::as_str).filter(|file| !reached.contains(file)).collect()
    }

    /// Adds a module and its children, whose files are in `folder`. Returns its number.
    fn add(&mut self, module: Module<'a>, folder: &str) -> usize {
        let id = self.modules.len();
        let (items, test) = (module.items, module.test);
        self.modules.push(module);
        for item in items {
            let only_tests = !test && conditions::is_test(attributes::of_item(item));
            match item {
                Item::Mod(child) => {
                    for number in self.add_child(id, child, folder, test || only_tests) {
                        if !only_tests {
                            self.modules[id].bindings.bind(&child.ident, Binding::Module(number));
                        }
                    }
                }
                _ if only_tests => {}
                Item::Macro(syn::ItemMacro { ident: Some(name), attrs, .. })
                    if attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) =>
                {
                    self.modules[0].bindings.bind(name, Binding::Item(id, Space::Macro));
                    self.modules[id].bindings.declare(id, item);
                }
                item => self.modules[id].bindings.declare(id, item),
            }
        }
        id
    }

    /// Adds the possible modules of a `mod` item. There are several if a condition chooses the file.
    fn add_child(&mut self, parent: usize, item: &'a ItemMod, folder: &str, test: bool) -> Vec<usize> {
        let name = item.ident.unraw().to_string();
        let within = format!("{folder}/{name}");
        let Module { file, path, .. } = &self.modules[parent];
        let (file, path) = (*file, [path.as_slice(), &[name]].concat());
        let new = |file, items, test| {
            let (path, bindings) = (path.clone(), Bindings::default());
            Module { file, path, parent: Some(parent), items, test, bindings }
        };
        if let Some((_, items)) = &item.content {
            return vec![self.add(new(file, items, test), &within)];
        }
        let mut added = Vec::new();
        for (child, within) in self.places(parent, item, folder, &within) {
            if let Some((child, source)) = self.files.get_key_value(&child) {
                let test = test || conditions::is_test(&source.attrs);
                added.push(self.add(new(child, &source.items, test), &within));
            }
        }
        if added.is_empty() {
            self.missing.push(format!("{file}: mod {} has no file", item.ident));
        }
        added
    }

    /// Returns where the file of a module can be, and the folder of its children in each case.
    fn places(&self, parent: usize, item: &ItemMod, at: &str, within: &str) -> Vec<(String, String)> {
        let Module { file, parent, .. } = self.modules[parent];
        let in_braces = parent.is_some_and(|above| self.modules[above].file == file);
        let beside = if in_braces { at } else { folder(file) };
        let named =
            conditions::paths(&item.attrs).into_iter().map(|path| without_dots(&format!("{beside}/{path}")));
        let usual = [format!("{within}.rs"), format!("{within}/mod.rs")];
        let named = named.map(|file| (file.clone(), folder(&file).to_owned()));
        named.chain(usual.map(|file| (file, within.to_owned()))).collect()
    }
}

impl Module<'_> {
    pub fn full_path(&self) -> String {
        full_path(&self.path)
    }
}

/// Writes the path of a module: `crate::session::store`.
pub fn full_path(path: &[String]) -> String {
    ["crate"].into_iter().chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn without_dots(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
