//! Writes the XML that we send.
//!
//! It is written in exclusive canonical form (exc-c14n §1.3). Therefore the bytes that are signed are the bytes that
//! are sent.

use std::fmt::Write as _;

use crate::xml::namespace::{DS, MD, SAML, SAMLP};

/// An element that will be written. Its name has one of the prefixes that `uri` knows; attribute names have no prefix.
#[derive(Debug)]
pub struct Node {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Debug)]
enum Content {
    Node(Node),
    Text(String),
}

impl Node {
    /// Creates an empty element.
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), content: Vec::new() }
    }

    /// Creates an element that contains text.
    pub fn text(name: &'static str, text: impl Into<String>) -> Self {
        let mut node = Self::new(name);
        node.content.push(Content::Text(text.into()));
        node
    }

    /// Adds an attribute.
    pub fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((attribute, value.into()));
        self
    }

    pub(crate) fn with_if(self, set: bool, attribute: &'static str, value: &str) -> Self {
        if set { self.with(attribute, value) } else { self }
    }

    /// Adds a child.
    pub fn child(mut self, child: Node) -> Self {
        self.content.push(Content::Node(child));
        self
    }

    /// Adds children.
    pub fn children(mut self, children: impl IntoIterator<Item = Node>) -> Self {
        self.content.extend(children.into_iter().map(Content::Node));
        self
    }

    /// Inserts a child at a position of the content.
    pub(crate) fn insert(&mut self, at: usize, child: Node) {
        self.content.insert(at.min(self.content.len()), Content::Node(child));
    }

    /// Returns the value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// Returns the element in canonical form, as the root of a document or as the apex of what is signed.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut Vec::new());
        out
    }

    fn write(&self, out: &mut String, declared: &mut Vec<&'static str>) {
        let prefix = self.name.split(':').next().unwrap_or_default();
        let (outside, is_new) = (declared.len(), !declared.contains(&prefix));
        out.push('<');
        out.push_str(self.name);
        if is_new {
            declared.push(prefix);
            // Writing to a string can't fail.
            let _ = write!(out, " xmlns:{prefix}=\"{}\"", uri(prefix));
        }
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort_unstable();
        for (name, value) in attributes {
            let _ = write!(out, " {name}=\"");
            escape(out, value, true);
            out.push('"');
        }
        out.push('>');
        for content in &self.content {
            match content {
                Content::Node(node) => node.write(out, declared),
                Content::Text(text) => escape(out, text, false),
            }
        }
        let _ = write!(out, "</{}>", self.name);
        declared.truncate(outside);
    }
}

fn uri(prefix: &str) -> &'static str {
    match prefix {
        "saml" => SAML,
        "samlp" => SAMLP,
        "md" => MD,
        "ds" => DS,
        _ => "",
    }
}

/// Writes text as Canonical XML 1.0 §2.3 says. A control character that XML does not allow becomes the replacement
/// character.
fn escape(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match (c, in_attribute) {
            ('&', _) => out.push_str("&amp;"),
            ('<', _) => out.push_str("&lt;"),
            ('>', false) => out.push_str("&gt;"),
            ('"', true) => out.push_str("&quot;"),
            ('\t', true) => out.push_str("&#x9;"),
            ('\n', true) => out.push_str("&#xA;"),
            ('\r', _) => out.push_str("&#xD;"),
            ('\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}', _) => {
                out.push('\u{fffd}');
            }
            (c, _) => out.push(c),
        }
    }
}

/// Bends what is written, for tests: the place is the names on the way down.
#[cfg(any(test, feature = "_testing"))]
#[allow(clippy::expect_used, missing_docs, reason = "a test says what it found by failing")]
impl Node {
    pub fn at(&mut self, path: &[&str]) -> &mut Self {
        path.iter().fold(self, |node, name| {
            let mut children = node.content.iter_mut().filter_map(|content| match content {
                Content::Node(child) if child.name == *name => Some(child),
                Content::Node(_) | Content::Text(_) => None,
            });
            children.next().expect("a child of this name")
        })
    }

    pub fn set(&mut self, attribute: &'static str, value: impl Into<String>) -> &mut Self {
        self.unset(attribute);
        self.attributes.push((attribute, value.into()));
        self
    }

    pub fn unset(&mut self, attribute: &str) -> &mut Self {
        self.attributes.retain(|(own, _)| *own != attribute);
        self
    }

    pub fn remove(&mut self, name: &str) {
        self.content.retain(|content| !matches!(content, Content::Node(child) if child.name == name));
    }

    pub fn push(&mut self, child: Node) {
        self.content.push(Content::Node(child));
    }

    pub fn say(&mut self, text: &str) {
        self.content = vec![Content::Text(text.to_owned())];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_message_is_in_canonical_form() {
        let node = Node::new("samlp:AuthnRequest")
            .with("Version", "2.0")
            .with("ID", "_1")
            .child(Node::text("saml:Issuer", "a&b<c>\r\n\"\u{1}"))
            .child(Node::new("samlp:NameIDPolicy").with("Format", "x\"\n<>&'\t"))
            .child(Node::text("saml:Issuer", ""));
        assert_eq!(
            node.canonical(),
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">a&amp;b&lt;c&gt;&#xD;\n\"\u{fffd}\
             </saml:Issuer><samlp:NameIDPolicy Format=\"x&quot;&#xA;&lt;>&amp;'&#x9;\"></samlp:NameIDPolicy>\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml:Issuer></samlp:AuthnRequest>"
        );
    }
}
