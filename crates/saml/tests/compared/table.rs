//! The table in the README, between its two markers.

use std::{fs, path::PathBuf};

use crate::fixtures::Right;

/// The line before the table.
pub const BEGIN: &str = "<!-- compared: begin -->";
/// The line after the table.
pub const END: &str = "<!-- compared: end -->";
/// What a cell says about a response that was accepted, or refused.
pub const ACCEPTED: &str = "accepted";
pub const REFUSED: &str = "refused";
/// What the column `right` says if a reader may also read only what was signed.
const REFUSED_OR_SIGNED: &str = "refused, or read as signed";

/// Returns what the column `right` says.
pub fn right(right: Right) -> &'static str {
    match right {
        Right::Accept => ACCEPTED,
        Right::Refuse => REFUSED,
        Right::RefuseOrReadSigned => REFUSED_OR_SIGNED,
    }
}

/// Returns the README, in three parts: up to the first marker, between the markers, and from the second marker on.
pub fn readme() -> [String; 3] {
    let text = fs::read_to_string(path()).expect("the README");
    let (before, rest) = text.split_once(BEGIN).expect("the first marker");
    let (between, after) = rest.split_once(END).expect("the second marker");
    [format!("{before}{BEGIN}"), between.to_owned(), format!("{END}{after}")]
}

/// Returns where the README is.
pub fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "README.md"].iter().collect()
}
