//! Exclusive XML Canonicalization 1.0 of one element of the parsed document.
//!
//! This crate has its own writer, because one that walks the whole document for each signature took longer than the
//! signature. It writes the nodes of that document and nothing else: comments are left out (exc-c14n §4), documents
//! with processing instructions were refused before, and every name has the namespace that the parser found for it.
//! Tests compare it with lxml and with `bergshamra-c14n` on generated documents.

use aws_lc_rs::digest;
use uppsala::{Attribute, Document as Dom, NodeId, NodeKind, QName};

use crate::{
    error::{Error, ErrorKind},
    xml::element::Element,
};

/// How many times as long as its document a canonical form may be. A declaration is repeated in each element that
/// uses it. Without this limit a few bytes could expand to gigabytes.
const MAX_GROWTH_FACTOR: usize = 8;

/// Returns the canonical bytes of `element`.
///
/// # Errors
///
/// Returns `SamlTooComplex` if they exceed the limit relative to the document's length.
pub(crate) fn canonical_bytes(element: Element<'_>, prefixes: &[&str]) -> Result<Vec<u8>, Error> {
    Writer::new(element, None, prefixes).write(element)
}

/// Returns the canonical bytes of `element` without the element `without`.
///
/// # Errors
///
/// Returns the errors of [`canonical_bytes`].
pub(crate) fn canonical_bytes_without(
    element: Element<'_>,
    without: Element<'_>,
    prefixes: &[&str],
) -> Result<Vec<u8>, Error> {
    Writer::new(element, Some(without), prefixes).write(element)
}

/// Returns the digest of the canonical bytes of `element` without the element `without`.
///
/// # Errors
///
/// Returns the errors of [`canonical_bytes`].
pub(crate) fn canonical_digest(
    element: Element<'_>,
    without: Element<'_>,
    prefixes: &[&str],
    algorithm: &'static digest::Algorithm,
) -> Result<digest::Digest, Error> {
    canonical_bytes_without(element, without, prefixes).map(|bytes| digest::digest(algorithm, &bytes))
}

/// Writes one element, which is called the apex.
struct Writer<'d, 'p> {
    dom: &'d Dom<'d>,
    apex: NodeId,
    without: Option<NodeId>,
    /// The PrefixList (exc-c14n §4). These prefixes are declared where they are in scope, even if they are not used.
    prefixes: &'p [&'p str],
    /// The prefix and namespace of the declarations that were written and are in force, the innermost last.
    declared: Vec<(&'d str, &'d str)>,
    /// The attributes of the start tag that is currently written.
    attributes: Vec<&'d Attribute<'d>>,
    most: usize,
    bytes: Vec<u8>,
}

impl<'d, 'p> Writer<'d, 'p> {
    fn new(apex: Element<'d>, without: Option<Element<'d>>, prefixes: &'p [&'p str]) -> Self {
        let source = apex.dom().input_text().len();
        Self {
            dom: apex.dom(),
            apex: apex.node(),
            without: without.map(Element::node),
            prefixes,
            declared: Vec::new(),
            attributes: Vec::new(),
            most: source.saturating_mul(MAX_GROWTH_FACTOR).saturating_add(4096),
            bytes: Vec::with_capacity(source),
        }
    }

    fn write(mut self, apex: Element<'d>) -> Result<Vec<u8>, Error> {
        self.element(apex.node(), apex.data())?;
        Ok(self.bytes)
    }

    /// Canonical XML 1.0 §2.3. The recursion is as deep as the document, whose depth was limited before it was
    /// parsed.
    fn element(&mut self, id: NodeId, element: &'d uppsala::Element<'d>) -> Result<(), Error> {
        let outside = self.declared.len();
        self.start_tag(id, element);
        let dom = self.dom;
        for child in dom.children_iter(id) {
            if Some(child) == self.without {
                continue;
            }
            match dom.node_kind(child) {
                Some(NodeKind::Element(element)) => self.element(child, element)?,
                Some(NodeKind::Text(text) | NodeKind::CData(text)) => self.escaped(text, in_text),
                Some(
                    NodeKind::Comment(_)
                    | NodeKind::ProcessingInstruction(_)
                    | NodeKind::Document
                    | NodeKind::Attribute(..),
                )
                | None => {}
            }
            if self.bytes.len() > self.most {
                return Err(Error::with(
                    ErrorKind::SamlTooComplex,
                    "the canonical form of what is signed is many times as long as the document",
                ));
            }
        }
        self.plain("</");
        self.name(&element.name);
        self.plain(">");
        self.declared.truncate(outside);
        Ok(())
    }

    fn start_tag(&mut self, id: NodeId, element: &'d uppsala::Element<'d>) {
        let outside = self.declared.len();
        self.declare(prefix(&element.name), namespace(&element.name));
        for attribute in &element.attributes {
            // An attribute without a prefix is in no namespace, whatever the default namespace is.
            if !prefix(&attribute.name).is_empty() {
                self.declare(prefix(&attribute.name), namespace(&attribute.name));
            }
        }
        if !self.prefixes.is_empty() {
            self.declare_listed(id);
        }
        if let Some(new) = self.declared.get_mut(outside..) {
            new.sort_unstable();
        }
        self.attributes.clear();
        self.attributes.extend(&element.attributes);
        self.attributes.sort_unstable_by(|one, other| key(one).cmp(&key(other)));

        self.plain("<");
        self.name(&element.name);
        let mut at = outside;
        while let Some((prefix, namespace)) = self.declared.get(at).copied() {
            self.plain(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.plain(prefix);
            self.value(namespace);
            at += 1;
        }
        let mut at = 0;
        while let Some(attribute) = self.attributes.get(at).copied() {
            self.plain(" ");
            self.name(&attribute.name);
            self.value(&attribute.value);
            at += 1;
        }
        self.plain(">");
    }

    /// Declares a prefix, unless the same declaration is already in force. At the beginning, the empty prefix means
    /// no namespace.
    fn declare(&mut self, prefix: &'d str, namespace: &'d str) {
        let in_force = self.declared.iter().rev().find(|(declared, _)| *declared == prefix);
        if prefix != "xml" && in_force.map_or("", |(_, namespace)| namespace) != namespace {
            self.declared.push((prefix, namespace));
        }
    }

    /// Declares the prefixes of the list: in the apex those that are in scope there, below it those that change.
    fn declare_listed(&mut self, id: NodeId) {
        let (dom, mut scope, mut found) = (self.dom, Some(id), Vec::new());
        while let Some(at) = scope {
            let element = dom.element(at).into_iter();
            for (prefix, namespace) in element.flat_map(|element| &element.namespace_declarations) {
                let listed = if prefix.is_empty() { "#default" } else { prefix.as_ref() };
                if self.prefixes.contains(&listed) && !found.contains(&listed) {
                    found.push(listed);
                    self.declare(prefix, namespace);
                }
            }
            scope = dom.parent(at).filter(|_| id == self.apex);
        }
    }

    fn name(&mut self, name: &QName<'_>) {
        let prefix = prefix(name);
        if !prefix.is_empty() {
            self.plain(prefix);
            self.plain(":");
        }
        self.plain(&name.local_name);
    }

    fn value(&mut self, value: &str) {
        self.plain("=\"");
        self.escaped(value, in_attribute);
        self.plain("\"");
    }

    fn escaped(&mut self, text: &str, reference: impl Fn(u8) -> Option<&'static str>) {
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|byte| reference(*byte).is_some()) {
            let (plain, special) = rest.split_at(at);
            self.bytes.extend_from_slice(plain);
            let Some((byte, behind)) = special.split_first() else { break };
            self.plain(reference(*byte).unwrap_or_default());
            rest = behind;
        }
        self.bytes.extend_from_slice(rest);
    }

    fn plain(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

fn prefix<'n>(name: &'n QName<'_>) -> &'n str {
    name.prefix.as_deref().unwrap_or_default()
}

fn namespace<'n>(name: &'n QName<'_>) -> &'n str {
    name.namespace_uri.as_deref().unwrap_or_default()
}

/// Returns the key by which attributes are sorted. Attributes without a namespace come first.
fn key<'n>(attribute: &'n Attribute<'_>) -> (&'n str, &'n str) {
    (namespace(&attribute.name), &attribute.name.local_name)
}

fn in_text(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

fn in_attribute(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}
