//! Finds the paths in the tokens of a macro call.

use syn::{
    buffer::Cursor,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
};

/// Returns the paths in a macro call, including paths with only one name.
pub fn paths(call: &syn::Macro) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let all = |input: ParseStream<'_>| input.step(|at| Ok(((), read(*at, &mut paths))));
    all.parse2(call.tokens.clone()).unwrap();
    paths
}

fn read<'c>(mut at: Cursor<'c>, paths: &mut Vec<Vec<String>>) -> Cursor<'c> {
    // A path does not begin after a dot or after `::`.
    let mut begins = true;
    while let Some((_, next)) = at.token_tree() {
        if let Some((inside, _, _, after)) = at.any_group() {
            read(inside, paths);
            (at, begins) = (after, true);
        } else if let Some((name, mut after)) = at.ident() {
            let mut path = vec![name.unraw().to_string()];
            while let Some((name, next)) = separator(after).and_then(Cursor::ident) {
                path.push(name.unraw().to_string());
                after = next;
            }
            if begins {
                paths.push(path);
            }
            (at, begins) = (after, true);
        } else if let Some(after) = separator(at) {
            (at, begins) = (after, false);
        } else {
            // It does begin after two dots: `..Settings::default()`.
            let is_dot = at.punct().is_some_and(|(mark, _)| mark.as_char() == '.');
            (at, begins) = (next, !(is_dot && begins));
        }
    }
    at
}

/// Returns what follows `::`.
fn separator(at: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, after) = at.punct()?;
    let (second, after) = after.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(after)
}
