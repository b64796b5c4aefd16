//! The requests for a case's router: each of its routes, filled in in several ways.

use crate::tree::{Case, Entry, Tree};

const SEGMENTS: [&str; 8] = ["acme", "umbrella", "acme", "x", "%61cme", "plans", "app", "acme"];
const RESTS: [&str; 6] = ["acme/plans", "x/acme", "acme", "plans", "app/acme/plans", "umbrella/acme"];

/// Returns the paths, without those that are not valid addresses.
pub fn of(case: &Case) -> Vec<String> {
    let mut routes = vec![String::new()];
    collect(&case.tree, "", &mut routes);
    let mut choices = case.choices.iter().copied().cycle();
    let mut paths = Vec::new();
    for route in routes.iter().take(24) {
        for _ in 0..3 {
            paths.push(filled(route, &mut choices));
        }
    }
    paths.retain(|path| path.parse::<http::Uri>().is_ok());
    paths.sort();
    paths.dedup();
    paths
}

/// Collects all routes below a prefix. What is behind a service is reached by its own paths, and below the path of the
/// service.
fn collect(tree: &Tree, prefix: &str, routes: &mut Vec<String>) {
    for entry in tree.before.iter().chain(&tree.after) {
        match entry {
            Entry::Route(path, _) | Entry::RouteService(path, _) => routes.push(format!("{prefix}{path}")),
            Entry::NestService(path, _) => routes.push(format!("{prefix}{path}/{{*rest}}")),
            Entry::AnyService(path, _, tree) => {
                routes.push(format!("{prefix}{path}"));
                collect(tree, prefix, routes);
            }
            Entry::Nest(path, tree) | Entry::NestRouter(path, _, tree) => {
                routes.push(format!("{prefix}{path}/{{*rest}}"));
                collect(tree, &format!("{prefix}{path}"), routes);
            }
            Entry::Merge(tree) | Entry::FallbackService(_, tree) => collect(tree, prefix, routes),
        }
    }
}

fn filled(route: &str, choices: &mut impl Iterator<Item = u8>) -> String {
    let mut choose = |from: &[&'static str]| from[usize::from(choices.next().unwrap()) % from.len()];
    if route.is_empty() {
        return format!("/{}/{}", choose(&SEGMENTS), choose(&RESTS));
    }
    let segments = route.split('/').skip(1).map(|segment| match segment {
        _ if segment.starts_with("{*") => choose(&RESTS).to_owned(),
        _ if segment.starts_with('{') => choose(&SEGMENTS).to_owned(),
        _ => segment.to_owned(),
    });
    segments.fold(String::new(), |path, segment| path + "/" + &segment)
}
