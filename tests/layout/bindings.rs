//! The meaning of each name in a module.

use std::collections::HashMap;

use syn::{Ident, Item, Visibility, ext::IdentExt as _};

use crate::{conditions, imports};

/// The names of a module.
#[derive(Default)]
pub struct Bindings {
    pub names: HashMap<String, Vec<Binding>>,
    /// The imports with `*`.
    pub globs: Vec<Import>,
    /// Whether a macro is called that can define items. Their names can't be seen.
    pub has_macros: bool,
}

/// What a name means. It can mean several things: one in each namespace, and one under each condition.
pub enum Binding {
    /// An item of the module with this number.
    Item(usize, Space),
    /// The child module with this number.
    Module(usize),
    Import(Import),
}

/// What a `use` item does in its module.
pub struct Import {
    pub path: Vec<String>,
    /// Whether only the module and its children can see it.
    pub private: bool,
    /// Whether it has a `#[cfg]`.
    pub conditional: bool,
}

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    Type,
    Value,
    Macro,
}

impl Bindings {
    pub fn bind(&mut self, name: &Ident, binding: Binding) {
        self.names.entry(name.unraw().to_string()).or_default().push(binding);
    }

    /// Adds the names that an item of the module brings, unless it is a module.
    pub fn declare(&mut self, module: usize, item: &Item) {
        let (name, space) = match item {
            Item::Const(item) => (&item.ident, Space::Value),
            Item::Fn(item) => (&item.sig.ident, Space::Value),
            Item::Static(item) => (&item.ident, Space::Value),
            Item::Enum(item) => (&item.ident, Space::Type),
            Item::Struct(item) => (&item.ident, Space::Type),
            Item::Trait(item) => (&item.ident, Space::Type),
            Item::Type(item) => (&item.ident, Space::Type),
            Item::Union(item) => (&item.ident, Space::Type),
            Item::Macro(syn::ItemMacro { ident: Some(name), .. }) => (name, Space::Macro),
            Item::Macro(_) => {
                self.has_macros = true;
                return;
            }
            Item::Use(item) => return self.import(item),
            _ => return,
        };
        self.bind(name, Binding::Item(module, space));
    }

    fn import(&mut self, item: &syn::ItemUse) {
        let private = matches!(item.vis, Visibility::Inherited);
        let conditional = conditions::is_conditional(&item.attrs);
        for imports::Import { path, name } in imports::of(item) {
            let import = Import { path, private, conditional };
            match name {
                Some(name) => self.names.entry(name).or_default().push(Binding::Import(import)),
                None => self.globs.push(import),
            }
        }
    }
}

impl Binding {
    /// Returns the import, if the binding is one.
    pub fn import(&self) -> Option<&Import> {
        match self {
            Self::Import(import) => Some(import),
            Self::Item(..) | Self::Module(_) => None,
        }
    }
}
