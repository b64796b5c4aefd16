//! Modifies text that consists of segments, such as a query, a token or JSON. Segments are moved, duplicated, removed,
//! or inserted from other texts.

use crate::{bytes, program::Program};

/// The characters between the segments of queries, tokens, JSON and addresses.
const DELIMITERS: &str = "&=.,:{}[]\"?/;";

/// What attackers insert: empty and encoded values, other types, other algorithms, other addresses.
const WORDS: [&str; 24] = [
    "",
    " ",
    "+",
    "%20",
    "%3D",
    "%00",
    "\\u0000",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "none",
    "HS256",
    "ES256",
    "AA",
    "sub",
    "iss",
    "root",
    "RelayState",
    "SAMLResponse",
    "http://evil.example/",
    "javascript:alert(1)",
    "https://evil.example/#x",
];

/// Returns the text, modified as the program says. Parts of other texts may be inserted.
pub fn bend(text: &[u8], others: &[Vec<u8>], program: &mut Program<'_>) -> Vec<u8> {
    let among: Vec<_> = others.iter().map(Vec::as_slice).collect();
    let mut segments = split(text);
    for _ in 0..program.below(4) {
        let at = program.below(segments.len());
        let word = match program.byte() % 3 {
            0 => program.pick(&WORDS).to_owned(),
            1 => segments.get(program.below(segments.len())).cloned().unwrap_or_default(),
            _ => {
                let other = split(program.pick(&among));
                other.get(program.below(other.len())).cloned().unwrap_or_default()
            }
        };
        match program.byte() % 6 {
            0 => drop((at < segments.len()).then(|| segments.remove(at))),
            1 => segments.insert(at, word),
            2 => {
                let (other, length) = (program.below(segments.len()), program.below(8));
                let end = (at + length).min(segments.len());
                let run: Vec<_> = segments.drain(at.min(end)..end).collect();
                let place = other.min(segments.len());
                segments.splice(place..place, run);
            }
            3 => {
                let end = (at + program.below(8)).min(segments.len());
                let run = segments.get(at.min(end)..end).unwrap_or_default().to_vec();
                segments.splice(at..at, run);
            }
            _ => segments.iter_mut().skip(at).take(1).for_each(|segment| segment.clone_from(&word)),
        }
    }
    let mut bytes = segments.concat().into_bytes();
    bytes::bend(&mut bytes, program);
    bytes
}

/// Splits a text into delimiters and the segments between them.
fn split(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut segments = vec![String::new()];
    for character in text.chars() {
        if DELIMITERS.contains(character) {
            segments.extend([character.to_string(), String::new()]);
        } else if let Some(last) = segments.last_mut() {
            last.push(character);
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}
