//! The names that the files of a crate use from each other.

use std::collections::BTreeSet;

use crate::{
    bindings::Space,
    circles::Arrows,
    found::{Found, Target},
    tree::Tree,
    written::{Kind, Names, Written},
};

#[derive(Default)]
pub struct Graph {
    pub arrows: Arrows<String>,
    /// The paths that go through a re-export.
    pub detours: BTreeSet<String>,
    /// The paths whose meaning was not found.
    pub unknown: BTreeSet<String>,
}

impl Graph {
    pub fn of(tree: &Tree<'_>) -> Self {
        let mut graph = Self::default();
        for (id, module) in tree.product() {
            let names = Names::of(module.items);
            for written in &names.paths {
                let Written { path, quiet, kind } = written;
                let mut found = tree.resolve(id, path, *quiet);
                let path = path.join("::");
                match kind {
                    Kind::Glob => {
                        let modules = found.iter().filter_map(|found| found.target.module());
                        modules.for_each(|from| graph.add_glob(tree, id, &names, &path, from));
                    }
                    // An import brings in a module and the function with the same name. Only the module is used here.
                    Kind::Import(name) if !names.alone.contains(name) && !names.macros.contains(name) => {
                        let has_module = found.iter().any(|found| found.target.module().is_some());
                        found.retain(|it| !has_module || matches!(it.target, Target::Module(_)));
                    }
                    // Code names the items of a module, never the module.
                    Kind::Code => found.retain(|found| found.target.module().is_none()),
                    Kind::Import(_) | Kind::Export | Kind::Whole => {}
                }
                graph.add(tree, id, &path, kind, found);
            }
            for name in &names.macros {
                graph.add_macro(tree, id, name);
            }
        }
        graph
    }

    /// Adds the names that are used and that a glob import brings in.
    fn add_glob(&mut self, tree: &Tree<'_>, id: usize, names: &Names, path: &str, from: usize) {
        let own = &tree.modules[id].bindings.names;
        for name in names.first.iter().filter(|name| !own.contains_key(*name)) {
            self.add(tree, id, &format!("{path}::* for {name}"), &Kind::Glob, tree.look_up(from, name, id));
        }
    }

    /// Adds a macro that is called by its name. It can be defined in a parent module, before the `mod` item.
    fn add_macro(&mut self, tree: &Tree<'_>, id: usize, name: &str) {
        let mut at = Some(id);
        while let Some(module) = at {
            let mut found = tree.look_up(module, name, module);
            found.retain(|found| matches!(found.target, Target::Item(_, _, Some(Space::Macro))));
            if !found.is_empty() {
                found.iter_mut().for_each(|found| found.steps.clear());
                return self.add(tree, id, name, &Kind::Code, found);
            }
            at = tree.modules[module].parent;
        }
    }

    fn add(&mut self, tree: &Tree<'_>, id: usize, path: &str, kind: &Kind, mut found: Vec<Found>) {
        let file = tree.modules[id].file;
        for found in &mut found {
            found.steps.retain(|step| tree.modules[step.module].file != file);
        }
        for Found { target, .. } in &found {
            let (home, name) = match target {
                Target::Item(home, name, _) => (*home, name.as_str()),
                Target::Module(home) if *kind == Kind::Whole => (*home, path),
                Target::Module(_) | Target::Outside => continue,
                Target::Unknown => {
                    self.unknown.insert(format!("{file}: {path} was not found"));
                    continue;
                }
            };
            let home = tree.modules[home].file;
            if home != file {
                let name =
                    if *kind == Kind::Export { format!("{name} (re-exported)") } else { name.to_owned() };
                self.arrows.entry((file.to_owned(), home.to_owned())).or_default().insert(name);
            }
        }
        if !is_face(file) {
            let detours = found.iter().filter_map(|one| detour(tree, one, &found));
            self.detours.extend(detours.map(|detour| format!("{file}: {path} {detour}")));
        }
    }
}

/// Returns whether the file re-exports what other files are meant to see.
fn is_face(file: &str) -> bool {
    ["/lib.rs", "/mod.rs"].iter().any(|end| file.ends_with(end))
}

/// Returns which re-export leads to the target. Returns nothing if a condition chooses between targets, or if there is
/// a way without a re-export.
fn detour(tree: &Tree<'_>, found: &Found, all: &[Found]) -> Option<String> {
    let Found { target, steps } = found;
    let through = tree.modules[steps.first()?.module].file;
    let direct = all.iter().any(|other| other.target == *target && other.steps.is_empty());
    let choice = all.iter().any(|other| other.target != *target && other.target.space() == target.space());
    if direct || choice || steps.iter().any(|step| step.conditional) {
        return None;
    }
    let full = |module: usize| tree.modules[module].full_path();
    let meant = match target {
        Target::Item(home, name, _) => format!("{}::{name}", full(*home)),
        Target::Module(module) => full(*module),
        Target::Outside | Target::Unknown => "an item of another crate".to_owned(),
    };
    Some(format!("leads through {through} to {meant}"))
}
