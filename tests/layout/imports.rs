//! The paths of a `use` item.

use syn::{Ident, UseTree, ext::IdentExt as _};

/// One path of a `use` item.
pub struct Import {
    pub path: Vec<String>,
    /// The name that the import gets. `None` for `path::*`.
    pub name: Option<String>,
}

/// Returns the paths of a `use` item. A path that begins with `::` has an empty first name.
pub fn of(item: &syn::ItemUse) -> Vec<Import> {
    let mut imports = Vec::new();
    let start = item.leading_colon.is_some().then(String::new);
    add(&item.tree, Vec::from_iter(start), &mut imports);
    imports
}

fn add(tree: &UseTree, mut path: Vec<String>, imports: &mut Vec<Import>) {
    let mut push = |name: &Ident| {
        if name != "self" || path.is_empty() {
            path.push(name.unraw().to_string());
        }
    };
    match tree {
        UseTree::Path(step) => {
            push(&step.ident);
            add(&step.tree, path, imports);
        }
        UseTree::Name(last) => {
            push(&last.ident);
            imports.push(Import { name: path.last().cloned(), path });
        }
        UseTree::Rename(last) => {
            push(&last.ident);
            imports.push(Import { path, name: Some(last.rename.unraw().to_string()) });
        }
        UseTree::Glob(_) => imports.push(Import { path, name: None }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| add(tree, path.clone(), imports)),
    }
}
