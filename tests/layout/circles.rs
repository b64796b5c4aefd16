//! Finds circles in a graph of imports.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

/// For each pair of nodes, the names that the first node imports from the second.
pub type Arrows<N> = BTreeMap<(N, N), BTreeSet<String>>;

/// Returns the groups of nodes that reach each other, with the largest group first.
pub fn circles<N: Ord + Clone>(arrows: &Arrows<N>) -> Vec<BTreeSet<N>> {
    let mut next: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<&N, _> = next.keys().map(|&node| (node, reached(node, &next))).collect();
    let mut groups = BTreeSet::new();
    for (node, there) in &reached {
        let both = there.iter().filter(|other| reached.get(*other).is_some_and(|back| back.contains(node)));
        groups.insert(both.map(|&other| other.clone()).collect::<BTreeSet<N>>());
    }
    let mut groups: Vec<_> = groups.into_iter().filter(|group| group.len() > 1).collect();
    groups.sort_by_key(|group| Reverse(group.len()));
    groups
}

fn reached<'a, N: Ord>(start: &'a N, next: &BTreeMap<&'a N, Vec<&'a N>>) -> BTreeSet<&'a N> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        open.extend(next.get(node).into_iter().flatten().copied().filter(|&node| reached.insert(node)));
    }
    reached
}

/// Returns a line for each arrow from one group to the other.
pub fn lines<N: Ord + Display>(arrows: &Arrows<N>, from: &BTreeSet<N>, to: &BTreeSet<N>) -> Vec<String> {
    let between =
        arrows.iter().filter(|((start, end), _)| start != end && from.contains(start) && to.contains(end));
    let line = |((start, end), names): (&(N, N), &BTreeSet<String>)| {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        format!("{start} -> {end}: {}", names.join(", "))
    };
    between.map(line).collect()
}
