//! The paths that product code names.

use std::collections::{BTreeSet, HashMap};

use syn::{Expr, ExprLit, Item, Lit, Meta, MetaNameValue, Visibility, ext::IdentExt as _, visit::Visit as _};

use crate::{conditions, imports};

/// A path as it is written. An import inside a function is expanded.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    pub path: Vec<String>,
    /// How many of the names come from an import, which is listed separately.
    pub quiet: usize,
    pub kind: Kind,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The path is in code.
    Code,
    /// The module is used as a whole: `#[serde(with = "path")]`.
    Whole,
    /// `use path as name;`
    Import(String),
    /// `pub use path;`, of any visibility.
    Export,
    /// `use path::*;`
    Glob,
}

/// The meanings of the names in a block: an import, or a local definition.
pub type Scope = HashMap<String, Option<Vec<String>>>;

/// The names that the items of a module use.
#[derive(Default)]
pub struct Names {
    pub paths: BTreeSet<Written>,
    /// The first names of paths, and the patterns with one name.
    pub first: BTreeSet<String>,
    /// The names with no path after them.
    pub alone: BTreeSet<String>,
    /// The macros that are called by a single name.
    pub macros: BTreeSet<String>,
    /// The blocks around the code that is being read.
    pub scopes: Vec<Scope>,
}

/// The serde attributes whose values are paths.
const SERDE: [&str; 9] = [
    "with",
    "serialize_with",
    "deserialize_with",
    "default",
    "skip_serializing_if",
    "from",
    "try_from",
    "into",
    "remote",
];

impl Names {
    /// Reads the items of a module, without the modules among them.
    pub fn of(items: &[Item]) -> Self {
        let mut names = Self::default();
        items.iter().filter(|item| !matches!(item, Item::Mod(_))).for_each(|item| names.visit_item(item));
        names
    }

    /// Adds a path of code or of an attribute.
    pub fn add(&mut self, path: Vec<String>, kind: Kind) {
        let local = self.scopes.iter().rev().find_map(|scope| scope.get(&path[0]));
        match local {
            Some(None) => {}
            Some(Some(import)) => {
                let quiet = import.len();
                let path = import.iter().chain(&path[1..]).cloned().collect();
                self.paths.insert(Written { path, quiet, kind });
            }
            None => {
                self.first.insert(path[0].clone());
                if path.len() == 1 {
                    self.alone.insert(path[0].clone());
                }
                if path.len() > 1 || kind != Kind::Code {
                    self.paths.insert(Written { path, quiet: 0, kind });
                }
            }
        }
    }

    /// Adds the paths of a `use` item.
    pub fn add_imports(&mut self, item: &syn::ItemUse) {
        for imports::Import { path, name } in imports::of(item) {
            let kind = match (name, &item.vis) {
                (None, _) => Kind::Glob,
                (Some(name), Visibility::Inherited) => Kind::Import(name),
                (Some(_), _) => Kind::Export,
            };
            self.paths.insert(Written { path, quiet: 0, kind });
        }
    }

    /// Adds the paths that serde takes as strings.
    pub fn add_strings(&mut self, attribute: &Meta) {
        match attribute {
            Meta::List(list) => conditions::nested(list).iter().for_each(|part| self.add_strings(part)),
            Meta::NameValue(MetaNameValue {
                path,
                value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }),
                ..
            }) if SERDE.iter().any(|name| path.is_ident(name)) => {
                if let Ok(path) = text.parse() {
                    self.add(names(&path), Kind::Whole);
                }
            }
            _ => {}
        }
    }
}

/// Returns the names of a path. The first name is empty if the path begins with `::`.
pub fn names(path: &syn::Path) -> Vec<String> {
    let start = path.leading_colon.is_some().then(String::new);
    start.into_iter().chain(path.segments.iter().map(|segment| segment.ident.unraw().to_string())).collect()
}
