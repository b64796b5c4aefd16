//! Writes the table of the README, and the page with each library's own words.

use std::{fmt::Write as _, path::PathBuf};

use crate::{
    fixtures::{Right, Traps},
    peers::{Peer, Verdict},
    table::right,
};

/// What a fixture should get, its name, and the verdicts: ours, and then one of each peer.
pub type Row = (Right, &'static str, Vec<Verdict>);

/// Returns the names of the columns with verdicts.
fn columns(peers: &[Peer]) -> Vec<String> {
    let ours = format!("tower-sso-saml {}", env!("CARGO_PKG_VERSION"));
    std::iter::once(ours).chain(peers.iter().map(|peer| format!("{} {}", peer.name, peer.version))).collect()
}

/// Returns the table.
pub fn readme(peers: &[Peer], rows: &[Row]) -> String {
    let mut text = format!("\n| fixture | right | {} |\n|---|---|", columns(peers).join(" | "));
    text.push_str(&"---|".repeat(peers.len() + 1));
    text.push('\n');
    for (should, name, verdicts) in rows {
        let cells: Vec<_> = verdicts.iter().map(|verdict| verdict.cell.as_str()).collect();
        let _ = writeln!(text, "| {name} | {} | {} |", right(*should), cells.join(" | "));
    }
    text.push('\n');
    text
}

/// Returns where the page with the reasons is.
pub fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "benches", "compared", "reasons.md"].iter().collect()
}

/// Returns a page with what each library said about each fixture.
pub fn reasons(peers: &[Peer], rows: &[Row], traps: &Traps) -> String {
    let mut text =
        "# What each library said\n\nWritten by `cargo bench -p tower-sso-saml --features xmlsec --bench \
                    compared -- --write`. An accepted response shows the NameID that was read from it.\n"
            .to_owned();
    for (should, name, verdicts) in rows {
        let _ = write!(text, "\n## {name}\n\nRight: {}.\n\n", right(*should));
        for (column, Verdict { cell, reason }) in columns(peers).iter().zip(verdicts) {
            let reason = reason.replace(&traps.url, "http://…").replace(&traps.file, "file://…");
            let line = reason.lines().next().unwrap_or_default();
            let words: Vec<_> = line.split_whitespace().map(timeless).collect();
            let short: String = words.join(" ").replace('`', "'").chars().take(200).collect();
            let _ = writeln!(text, "- {column}: {}: `{short}`", cell.replace("**", ""));
        }
    }
    text
}

/// Replaces a time, so that the page of the next run is the same.
fn timeless(word: &str) -> &str {
    if word.starts_with("20") && word.contains('T') && word.ends_with('Z') { "…" } else { word }
}
