//! Finds the paths in product code.

use syn::{
    Attribute, Expr, Item, Stmt, Visibility,
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::{
    attributes, conditions, imports, tokens,
    written::{self, Kind, Names, Scope},
};

/// Visits a part unless its attributes say that it is for tests.
macro_rules! product {
    ($($visit:ident($part:ty): $attributes:expr;)+) => {$(
        fn $visit(&mut self, part: &'a $part) {
            let attributes: fn(&$part) -> &[Attribute] = $attributes;
            if !conditions::is_test(attributes(part)) {
                visit::$visit(self, part);
            }
        }
    )+};
}

impl<'a> Visit<'a> for Names {
    product! {
        visit_impl_item(syn::ImplItem): attributes::of_impl_item;
        visit_trait_item(syn::TraitItem): attributes::of_trait_item;
        visit_field(syn::Field): |field| &field.attrs;
        visit_field_value(syn::FieldValue): |field| &field.attrs;
        visit_variant(syn::Variant): |variant| &variant.attrs;
        visit_arm(syn::Arm): |arm| &arm.attrs;
        visit_stmt(Stmt): attributes::of_statement;
        visit_expr(Expr): attributes::of_expression;
    }

    fn visit_item(&mut self, item: &'a Item) {
        match item {
            item if conditions::is_test(attributes::of_item(item)) => {}
            Item::Use(item) => self.add_imports(item),
            Item::Macro(item) if item.ident.is_some() => {}
            item => visit::visit_item(self, item),
        }
    }

    fn visit_block(&mut self, block: &'a syn::Block) {
        self.scopes.push(scope(block));
        visit::visit_block(self, block);
        self.scopes.pop();
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.add(written::names(path), Kind::Code);
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
        self.first.insert(pattern.ident.unraw().to_string());
        visit::visit_pat_ident(self, pattern);
    }

    /// `pub(in path)` does not name an item.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        match call.path.get_ident() {
            Some(name) => drop(self.macros.insert(name.unraw().to_string())),
            None => self.visit_path(&call.path),
        }
        tokens::paths(call).into_iter().for_each(|path| self.add(path, Kind::Code));
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        self.add_strings(&attribute.meta);
    }
}

/// Returns the meanings that the items in a block give to names.
fn scope(block: &syn::Block) -> Scope {
    let mut scope = Scope::new();
    for statement in &block.stmts {
        let Stmt::Item(item) = statement else { continue };
        match item {
            item if conditions::is_test(attributes::of_item(item)) => {}
            Item::Use(item) => {
                let imports = imports::of(item).into_iter();
                scope.extend(imports.filter_map(|import| Some((import.name?, Some(import.path)))));
            }
            Item::Const(item) => drop(scope.insert(item.ident.to_string(), None)),
            Item::Enum(item) => drop(scope.insert(item.ident.to_string(), None)),
            Item::Fn(item) => drop(scope.insert(item.sig.ident.to_string(), None)),
            Item::Struct(item) => drop(scope.insert(item.ident.to_string(), None)),
            Item::Trait(item) => drop(scope.insert(item.ident.to_string(), None)),
            _ => {}
        }
    }
    scope
}
