//! What a generated router is made of.

use proptest::prelude::*;

/// A router, the names of the organization's parameter, and the values for the parameters of its requests.
#[derive(Clone, Debug)]
pub struct Case {
    pub names: &'static [&'static str],
    pub tree: Tree,
    pub choices: Vec<u8>,
}

/// One `Router`: what is added before the layer, the layer, and what is added after it.
#[derive(Clone, Debug)]
pub struct Tree {
    pub before: Vec<Entry>,
    pub fallback_before: Option<Leaf>,
    pub layer: Layering,
    pub after: Vec<Entry>,
    pub fallback_after: Option<Leaf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layering {
    Nowhere,
    /// `Router::layer`.
    Layer,
    /// `Router::route_layer`: around the routes but not around the fallback.
    RouteLayer,
    /// `Sso::guard`.
    Guard,
    /// Around the whole router as a service.
    AroundTheRouter,
}

#[derive(Clone, Debug)]
pub enum Entry {
    /// `route(path, any(handler))`.
    Route(String, Leaf),
    /// `route_service(path, service)`.
    RouteService(String, Leaf),
    /// `nest_service(path, service)`.
    NestService(String, Leaf),
    /// `route(path, any_service(router))`.
    AnyService(String, Between, Tree),
    /// `nest(path, router)`.
    Nest(String, Tree),
    /// `nest_service(path, router)`.
    NestRouter(String, Between, Tree),
    /// `merge(router)`.
    Merge(Tree),
    /// `fallback_service(router)`.
    FallbackService(Between, Tree),
}

/// What is between an outer router and an inner router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    Nothing,
    /// A middleware that replaces the path with `/acme/plans`.
    Rewrite,
}

/// A handler.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    pub takes_pass: bool,
}

fn leaf() -> impl Strategy<Value = Leaf> {
    prop::bool::weighted(0.3).prop_map(|takes_pass| Leaf { takes_pass })
}

fn segment() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("{org}"),
        2 => Just("plans"),
        2 => Just("app"),
        1 => Just("{organization}"),
        1 => Just("{Org}"),
        1 => Just("{tenant}"),
        1 => Just("{id}"),
        1 => Just("acme-plans"),
    ]
}

/// Generates the path of a route: one to three segments, of which the last may be a wildcard.
fn path() -> impl Strategy<Value = String> {
    let wildcard = prop_oneof![6 => Just(""), 3 => Just("/{*rest}"), 1 => Just("/{*org}")];
    (prop::collection::vec(segment(), 0..3), wildcard).prop_map(|(segments, wildcard)| {
        let path: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        let path = path + wildcard;
        if path.is_empty() { "/".to_owned() } else { path }
    })
}

/// Generates the prefix of a nest: one or two segments.
fn prefix() -> impl Strategy<Value = String> {
    prop::collection::vec(segment(), 1..3)
        .prop_map(|segments| segments.iter().map(|segment| format!("/{segment}")).collect())
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![4 => Just(Between::Nothing), 1 => Just(Between::Rewrite)]
}

fn layering() -> impl Strategy<Value = Layering> {
    prop_oneof![
        3 => Just(Layering::Nowhere),
        4 => Just(Layering::Layer),
        1 => Just(Layering::RouteLayer),
        1 => Just(Layering::Guard),
        1 => Just(Layering::AroundTheRouter),
    ]
}

fn plain_entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => (path(), leaf()).prop_map(|(path, leaf)| Entry::Route(path, leaf)),
        1 => (path(), leaf()).prop_map(|(path, leaf)| Entry::RouteService(path, leaf)),
        1 => (prefix(), leaf()).prop_map(|(path, leaf)| Entry::NestService(path, leaf)),
    ]
}

fn entry_around(tree: impl Strategy<Value = Tree> + Clone + 'static) -> impl Strategy<Value = Entry> {
    let inner = || tree.clone();
    prop_oneof![
        3 => plain_entry(),
        3 => (path(), between(), inner()).prop_map(|(path, between, tree)| Entry::AnyService(path, between, tree)),
        1 => (prefix(), inner()).prop_map(|(path, tree)| Entry::Nest(path, tree)),
        2 => (prefix(), between(), inner()).prop_map(|(path, between, tree)| Entry::NestRouter(path, between, tree)),
        1 => inner().prop_map(Entry::Merge),
        1 => (between(), inner()).prop_map(|(between, tree)| Entry::FallbackService(between, tree)),
    ]
}

fn tree_of(
    entry: impl Strategy<Value = Entry> + Clone + 'static,
    most: usize,
) -> impl Strategy<Value = Tree> {
    let after = prop_oneof![4 => Just(0..1_usize), 1 => Just(0..2_usize)];
    let after_entry = entry.clone();
    (
        prop::collection::vec(entry, 0..most),
        prop::option::weighted(0.25, leaf()),
        layering(),
        after.prop_flat_map(move |many| prop::collection::vec(after_entry.clone(), many)),
        prop::option::weighted(0.1, leaf()),
    )
        .prop_map(|(before, fallback_before, layer, after, fallback_after)| {
            let fallback_after = fallback_after.filter(|_| fallback_before.is_none());
            Tree { before, fallback_before, layer, after, fallback_after }
        })
}

pub fn case() -> impl Strategy<Value = Case> {
    let leaves = tree_of(plain_entry().boxed(), 3).boxed();
    let middle = tree_of(entry_around(leaves).boxed(), 3).boxed();
    let tree = tree_of(entry_around(middle).boxed(), 4);
    let names = prop::sample::select(vec![
        &["org"][..],
        &["org"],
        &["org", "organization"],
        &["organization"],
        &["tenant", "Org", "org"],
    ]);
    (names, tree, prop::collection::vec(any::<u8>(), 64)).prop_map(|(names, tree, choices)| Case {
        names,
        tree,
        choices,
    })
}
