//! Follows a path to its meaning.

use syn::Item;

use crate::{
    bindings::{Binding, Import, Space},
    found::{Found, Target},
    tree::Tree,
};

/// The names that are being looked up, each with its module.
type Open = Vec<(usize, String)>;

impl Tree<'_> {
    /// Returns the possible meanings of a path that is written in a module. Imports that its first `quiet` names go
    /// through are left out of the steps.
    pub fn resolve(&self, module: usize, path: &[String], quiet: usize) -> Vec<Found> {
        self.follow(module, path, quiet, &mut Open::new())
    }

    /// Returns the possible meanings that a name of a module has in another module.
    pub fn look_up(&self, module: usize, name: &str, from: usize) -> Vec<Found> {
        self.name(module, name, from, &mut Open::new())
    }

    fn follow(&self, from: usize, path: &[String], quiet: usize, open: &mut Open) -> Vec<Found> {
        let (mut found, start) = self.start(from, path, open);
        for (at, name) in path.iter().enumerate().skip(start) {
            for Found { target, steps } in std::mem::take(&mut found) {
                let module = match target {
                    Target::Module(module) => module,
                    // A path continues from the module or the type that has the same name.
                    Target::Item(_, _, Some(Space::Value | Space::Macro)) => continue,
                    target => {
                        found.push(Found { target, steps });
                        continue;
                    }
                };
                let mut next = self.name(module, name, from, open);
                if next.is_empty() {
                    let made = self.modules[module].bindings.has_macros;
                    let item = Target::Item(module, name.clone(), None);
                    next.push(Found::at(if made { item } else { Target::Unknown }));
                }
                for next in next {
                    let more = if at < quiet { Vec::new() } else { next.steps };
                    found.push(Found { target: next.target, steps: [steps.clone(), more].concat() });
                }
            }
        }
        found
    }

    /// Returns the meanings of the start of a path, and how many names the start has.
    fn start(&self, from: usize, path: &[String], open: &mut Open) -> (Vec<Found>, usize) {
        let mut module = from;
        let mut taken = 1;
        match path[0].as_str() {
            "crate" => module = 0,
            "self" => {}
            "super" => taken = 0,
            first => {
                let mut found = self.name(from, first, from, open);
                found.iter_mut().for_each(|found| found.steps.clear());
                let outside = found.is_empty().then(|| Found::at(Target::Outside));
                found.extend(outside);
                return (found, 1);
            }
        }
        while path.get(taken).is_some_and(|name| name == "super") {
            module = self.modules[module].parent.unwrap_or_default();
            taken += 1;
        }
        (vec![Found::at(Target::Module(module))], taken)
    }

    fn name(&self, module: usize, name: &str, from: usize, open: &mut Open) -> Vec<Found> {
        let key = (module, name.to_owned());
        if open.contains(&key) {
            return self.defined(module, name);
        }
        open.push(key);
        let mut found = self.defined(module, name);
        let bindings = &self.modules[module].bindings;
        let visible = |import: &&Import| !import.private || self.is_within(from, module);
        let imports = bindings.names.get(name).into_iter().flatten().filter_map(Binding::import);
        for import in imports.filter(visible) {
            let targets = self.follow(module, &import.path, 0, open);
            found.extend(targets.into_iter().map(|found| found.after(module, import)));
        }
        if found.is_empty() {
            for import in bindings.globs.iter().filter(visible) {
                let owners = self.follow(module, &import.path, 0, open);
                let targets = owners.iter().flat_map(|owner| self.in_glob(&owner.target, name, from, open));
                let targets: Vec<_> = targets.collect();
                found.extend(targets.into_iter().map(|found| found.after(module, import)));
            }
        }
        open.pop();
        found
    }

    /// Returns what a module itself defines under a name.
    fn defined(&self, module: usize, name: &str) -> Vec<Found> {
        let bindings = self.modules[module].bindings.names.get(name);
        let targets = bindings.into_iter().flatten().filter_map(|binding| match binding {
            Binding::Item(home, space) => Some(Target::Item(*home, name.to_owned(), Some(*space))),
            Binding::Module(child) => Some(Target::Module(*child)),
            Binding::Import(_) => None,
        });
        targets.map(Found::at).collect()
    }

    /// Returns the meanings of a name that `use target::*` brings in.
    fn in_glob(&self, target: &Target, name: &str, from: usize, open: &mut Open) -> Vec<Found> {
        match target {
            Target::Module(module) => self.name(*module, name, from, open),
            Target::Item(module, owner, _) => {
                let has_variant = self.modules[*module].items.iter().any(|item| match item {
                    Item::Enum(item) => {
                        item.ident == owner && item.variants.iter().any(|it| it.ident == name)
                    }
                    _ => false,
                });
                Vec::from_iter(has_variant.then(|| Found::at(target.clone())))
            }
            Target::Outside | Target::Unknown => Vec::new(),
        }
    }

    fn is_within(&self, module: usize, ancestor: usize) -> bool {
        self.modules[module].path.starts_with(&self.modules[ancestor].path)
    }
}
