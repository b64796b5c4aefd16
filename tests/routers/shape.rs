//! The shapes of routers that must occur. The first four were once holes.

use crate::tree::{Between, Case, Entry, Layering, Tree};

pub const SHAPES: [&str; 11] = [
    "a router as a service behind a wildcard, with the layer outside",
    "a layered fallback under an outer router's matched path",
    "a layered nested service under an outer router's matched path",
    "a parameter of another name under the layer",
    "the layer inside nest",
    "a rewriting middleware around a layered router",
    "routes added after the layer",
    "the layer around a whole router",
    "a route layer",
    "merged routers",
    "a router as a fallback service",
];

/// Returns which of [`SHAPES`] a case has.
pub fn shapes(case: &Case) -> [bool; SHAPES.len()] {
    let mut found = [false; SHAPES.len()];
    look(&case.tree, false, case.names, &mut found);
    found
}

fn look(tree: &Tree, inside: bool, names: &[&str], found: &mut [bool; SHAPES.len()]) {
    let layered = tree.layer != Layering::Nowhere;
    found[6] |= layered && !tree.after.is_empty();
    found[7] |= tree.layer == Layering::AroundTheRouter;
    found[8] |= tree.layer == Layering::RouteLayer && !tree.before.is_empty();
    let before = tree.before.iter().map(|entry| (entry, inside || layered));
    for (entry, inside) in before.chain(tree.after.iter().map(|entry| (entry, inside))) {
        match entry {
            Entry::Route(path, _) | Entry::RouteService(path, _) => {
                found[3] |= inside && is_other_parameter(path, names);
            }
            Entry::NestService(..) => {}
            Entry::AnyService(path, between, inner) => {
                let by_layer = inner.layer == Layering::Layer;
                found[0] |= inside && path.ends_with("/{*rest}");
                found[1] |= by_layer && inner.fallback_before.is_some();
                found[2] |= by_layer && inner.before.iter().any(is_nested_service);
                found[5] |= is_rewritten(*between, inside, inner);
                look(inner, inside, names, found);
            }
            Entry::Nest(_, inner) => {
                found[4] |= inner.layer != Layering::Nowhere;
                look(inner, inside, names, found);
            }
            Entry::NestRouter(_, between, inner) => {
                found[5] |= is_rewritten(*between, inside, inner);
                look(inner, inside, names, found);
            }
            Entry::Merge(inner) => {
                found[9] = true;
                look(inner, inside, names, found);
            }
            Entry::FallbackService(between, inner) => {
                found[5] |= is_rewritten(*between, inside, inner);
                found[10] = true;
                look(inner, inside, names, found);
            }
        }
    }
}

fn is_nested_service(entry: &Entry) -> bool {
    matches!(entry, Entry::NestService(path, _) | Entry::NestRouter(path, ..) if path.contains('{'))
}

fn is_rewritten(between: Between, inside: bool, inner: &Tree) -> bool {
    between == Between::Rewrite && !inside && inner.layer != Layering::Nowhere
}

/// Returns whether the path has a parameter that means an organization to its handler, but no parameter that the layer
/// knows.
fn is_other_parameter(path: &str, names: &[&str]) -> bool {
    let has = |name: &&str| path.contains(&format!("{{{name}}}"));
    !names.iter().any(has) && ["org", "organization", "Org", "tenant"].iter().any(has)
}
