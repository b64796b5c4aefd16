//! Scans the bytes of a document before it is parsed. The scan may refuse a document, but nothing is read from it.
//!
//! It uses the same delimiters as the parser. Up to the first place where a document is not well-formed, both see the
//! same tags. What follows that place does not matter, because the parser refuses the document there.

use crate::{
    error::{Error, ErrorKind},
    xml::limits::Limits,
};

/// Refuses a document that is too complex, or that contains markup that is never accepted.
///
/// # Errors
///
/// Returns `SamlTooComplex`, `SamlDoctype`, `SamlProcessingInstruction`, `SamlAttributeWhitespace` or `SamlXmlInvalid`.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<(), Error> {
    let mut rest = declaration(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    // The number of namespace declarations of each open element.
    let mut open: Vec<usize> = Vec::with_capacity(limits.depth);
    let mut in_scope = 0;
    let mut parts = limits.parts();
    let mut spend = |count: usize| match parts.checked_sub(count) {
        Some(left) => {
            parts = left;
            Ok(())
        }
        None => {
            Err(too_complex("it has too many elements, attributes, comments or CDATA sections for its size"))
        }
    };
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            spend(1)?;
            rest = after(comment, "-->")?;
        } else if let Some(section) = rest.strip_prefix("![CDATA[") {
            spend(1)?;
            rest = after(section, "]]>")?;
        } else if rest.starts_with('!') {
            return Err(ErrorKind::SamlDoctype.into());
        } else if rest.starts_with('?') {
            return Err(ErrorKind::SamlProcessingInstruction.into());
        } else if let Some(end_tag) = rest.strip_prefix('/') {
            in_scope -= open.pop().unwrap_or_default();
            rest = after(end_tag, ">")?;
        } else {
            let tag = Tag::of(rest, limits)?;
            spend(1 + tag.attributes)?;
            in_scope += tag.declarations;
            if open.len() == limits.depth || in_scope > limits.attributes {
                return Err(too_complex("elements are nested too deep, or too many namespaces are in scope"));
            }
            match tag.is_empty {
                true => in_scope -= tag.declarations,
                false => open.push(tag.declarations),
            }
            rest = rest.get(tag.length..).unwrap_or_default();
        }
    }
    Ok(())
}

/// A start tag, as far as its delimiters show it.
struct Tag {
    length: usize,
    /// The number of attributes, namespace declarations included.
    attributes: usize,
    declarations: usize,
    is_empty: bool,
}

impl Tag {
    /// Reads a start tag. The text begins after its `<`.
    fn of(text: &str, limits: &Limits) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let (mut attributes, mut declarations) = (0, 0);
        let (mut at, mut name, mut last) = (0, 0, b' ');
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' | b'\'' => {
                    at += value(bytes.get(at..).unwrap_or_default(), byte)?;
                    name = at;
                }
                b'=' => {
                    attributes += 1;
                    let name = bytes.get(name..at - 1).unwrap_or_default();
                    if name.rsplit(space).find(|name| !name.is_empty()).is_some_and(declares) {
                        declarations += 1;
                    }
                    if attributes > limits.attributes {
                        return Err(too_complex("an element has too many attributes"));
                    }
                }
                b'>' => return Ok(Self { length: at, attributes, declarations, is_empty: last == b'/' }),
                _ => {}
            }
            last = byte;
        }
        Err(unfinished())
    }
}

/// Returns the length of an attribute's value and its closing quote. The bytes begin after the opening quote.
fn value(bytes: &[u8], quote: u8) -> Result<usize, Error> {
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| [quote, b'\t', b'\n'].contains(byte));
    match ends.next() {
        Some((at, byte)) if *byte == quote => Ok(at + 1),
        Some(_) => Err(ErrorKind::SamlAttributeWhitespace.into()),
        None => Err(unfinished()),
    }
}

fn declares(name: &[u8]) -> bool {
    name.starts_with(b"xmlns")
}

fn space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// Returns the text after the XML declaration (XML 1.0 §2.8). The parsed document is checked for XML 1.0 in UTF-8.
fn declaration(text: &str) -> Result<&str, Error> {
    let Some(declaration) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\n']))
    else {
        return Ok(text);
    };
    let (declaration, rest) = declaration.split_once("?>").ok_or_else(unfinished)?;
    // A parser might resolve a reference here. References are not allowed here.
    match declaration.contains(['&', '<']) {
        true => Err(Error::with(ErrorKind::SamlXmlInvalid, "a reference in the XML declaration")),
        false => Ok(rest),
    }
}

fn after<'a>(text: &'a str, delimiter: &str) -> Result<&'a str, Error> {
    text.split_once(delimiter).map(|(_, rest)| rest).ok_or_else(unfinished)
}

fn unfinished() -> Error {
    Error::with(ErrorKind::SamlXmlInvalid, "it ends in the middle of markup")
}

fn too_complex(what: &'static str) -> Error {
    Error::with(ErrorKind::SamlTooComplex, what)
}
