//! Decides which code is product code: the code that is compiled when nothing is tested.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, punctuated::Punctuated};

/// Returns whether code with these attributes is compiled for tests, doctests or fuzzing only.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let excluded = |condition: Meta| holds(&condition) == Some(false);
        let is = |name| attribute.path().is_ident(name);
        is("test") || is("cfg") && attribute.parse_args().is_ok_and(excluded)
    })
}

/// Returns whether code with these attributes is compiled under a condition.
pub fn is_conditional(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// Returns whether a condition is true in product code. Returns `None` if that depends on the features or the platform.
///
/// A feature whose name begins with `_` is internal: it is for fuzzing, or for tests that need installed programs.
fn holds(condition: &Meta) -> Option<bool> {
    match condition {
        Meta::Path(name) => {
            ["test", "doctest", "fuzzing"].iter().any(|test| name.is_ident(test)).then_some(false)
        }
        Meta::NameValue(pair) => {
            let internal =
                pair.path.is_ident("feature") && string(&pair.value).is_some_and(|it| it.starts_with('_'));
            internal.then_some(false)
        }
        Meta::List(list) => {
            let parts: Vec<_> = nested(list).iter().map(holds).collect();
            if list.path.is_ident("not") {
                return parts.first()?.map(|holds| !holds);
            }
            // One part can decide alone: one true part makes `any` true, and one false part makes `all` false.
            let alone = list.path.is_ident("any");
            if parts.contains(&Some(alone)) {
                Some(alone)
            } else {
                (!parts.contains(&None)).then_some(!alone)
            }
        }
    }
}

/// Returns the files that `#[path = "…"]` and `#[cfg_attr(…, path = "…")]` name.
pub fn paths(attributes: &[Attribute]) -> Vec<String> {
    let named = attributes.iter().flat_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            nested(list).iter().skip(1).filter_map(path).collect()
        }
        plain => Vec::from_iter(path(plain)),
    });
    named.collect()
}

fn path(attribute: &Meta) -> Option<String> {
    match attribute {
        Meta::NameValue(pair) if pair.path.is_ident("path") => string(&pair.value),
        _ => None,
    }
}

fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Returns the attributes or conditions in the parentheses of another. Returns nothing if they contain anything else.
pub fn nested(list: &syn::MetaList) -> Vec<Meta> {
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parts.map(|parts| parts.into_iter().collect()).unwrap_or_default()
}
