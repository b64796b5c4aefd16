//! Parses a document once, and checks everything that needs no key in one pass over its nodes.
//!
//! The checks are those of design §8, 2 and 3: names and namespaces, unique IDs, the root, the allowed children, and
//! the number of assertions.

use uppsala::{Document as Dom, NodeId, NodeKind, Parser};

use crate::{
    error::{Error, ErrorKind},
    xml::{
        element::Element,
        ids::Ids,
        kind::{ASSERTION, Child, Kind, Often},
        namespace::{DS, SAML, XMLNS},
        source::Source,
    },
};

/// A parsed document of one kind. Everything that can be checked without a key was checked.
pub(crate) struct Document<'a> {
    text: &'a str,
    dom: Dom<'a>,
    root: NodeId,
    signatures: Vec<NodeId>,
}

impl<'a> Document<'a> {
    /// Parses a document and checks it.
    ///
    /// # Errors
    ///
    /// Returns `SamlEncodingInvalid`, `SamlXmlInvalid`, `SamlProcessingInstruction`, `SamlTooComplex`, `SamlRootWrong`,
    /// `SamlElementUnexpected`, `SamlAssertionCount` or `SamlIdInvalid`.
    pub(crate) fn parse(source: &'a Source<'_>, kind: Kind) -> Result<Self, Error> {
        let limits = source.limits();
        let dom = Parser::new()
            .with_forbid_dtd(true)
            .with_forbid_entities(true)
            .with_max_entity_expansion(0)
            .with_max_depth(u32::try_from(limits.depth).unwrap_or(u32::MAX))
            .parse(source.text())
            .map_err(|error| Error::with(ErrorKind::SamlXmlInvalid, error))?;
        check_declaration(&dom)?;
        let root = dom.document_element().ok_or(ErrorKind::SamlXmlInvalid)?;
        let root = Element::of(&dom, root).ok_or(ErrorKind::SamlXmlInvalid)?;
        check_root(root, kind)?;
        let signatures = pass(&dom, kind)?;
        check_contents(root, kind)?;
        let root = root.node();
        Ok(Self { text: source.text(), dom, root, signatures })
    }

    /// Returns the text that was parsed.
    pub(crate) fn text(&self) -> &str {
        self.text
    }

    /// Returns the root element.
    ///
    /// # Errors
    ///
    /// Never in practice: a parsed document has a root.
    pub(crate) fn root(&self) -> Result<Element<'_>, Error> {
        Element::of(&self.dom, self.root).ok_or_else(|| ErrorKind::SamlXmlInvalid.into())
    }

    /// Returns every `ds:Signature`, at any place in the document, in order.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = Element<'_>> {
        self.signatures.iter().filter_map(|id| Element::of(&self.dom, *id))
    }

    /// Returns the value of every attribute whose local name is `ID`, in any element and any namespace, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let nodes = (0..).map(NodeId::new).take_while(|id| self.dom.node_kind(*id).is_some());
        let attributes = nodes.filter_map(|id| Element::of(&self.dom, id)).flat_map(Element::attributes);
        attributes.filter(|(_, local, _)| *local == "ID").map(|(_, _, value)| value)
    }
}

/// Checks the XML declaration: the document must be XML 1.0 in UTF-8 (XML 1.0 §2.8, §4.3.3).
fn check_declaration(dom: &Dom<'_>) -> Result<(), Error> {
    let Some(declaration) = &dom.xml_declaration else {
        return Ok(());
    };
    if declaration.version != "1.0" {
        return Err(Error::with(ErrorKind::SamlXmlInvalid, "it is not of XML 1.0"));
    }
    match &declaration.encoding {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
            Err(Error::with(ErrorKind::SamlEncodingInvalid, "it says that it is not in UTF-8"))
        }
        _ => Ok(()),
    }
}

/// Checks every node once and returns the signatures. The parser numbers the nodes in document order.
fn pass(dom: &Dom<'_>, kind: Kind) -> Result<Vec<NodeId>, Error> {
    let (mut ids, mut signatures, mut assertions) = (Ids::default(), Vec::new(), 0);
    for id in (0..).map(NodeId::new) {
        match dom.node_kind(id) {
            None => break,
            Some(NodeKind::ProcessingInstruction(_)) => {
                return Err(ErrorKind::SamlProcessingInstruction.into());
            }
            Some(NodeKind::Element(element)) => {
                check_names(element)?;
                element.attributes.iter().for_each(|attribute| ids.note(attribute));
                match element.name.local_name.as_ref() {
                    // Counted by local name, because another reader may ignore the namespace.
                    "Assertion" | "EncryptedAssertion" => assertions += 1,
                    "Signature" if element.name.namespace_uri.as_deref() == Some(DS) => signatures.push(id),
                    "Signature" => return Err(unexpected("a Signature of another namespace")),
                    "Response" if dom.document_element() != Some(id) => {
                        return Err(unexpected("a Response inside another element"));
                    }
                    _ => {}
                }
            }
            Some(_) => {}
        }
    }
    if assertions != kind.assertions() {
        return Err(Error::with(
            ErrorKind::SamlAssertionCount,
            format_args!("{assertions} assertions, not {}", kind.assertions()),
        ));
    }
    ids.check()?;
    Ok(signatures)
}

/// Checks names and namespace declarations as Namespaces in XML 1.0 requires. Relative namespace URIs are refused
/// (exc-c14n §1.3).
fn check_names(element: &uppsala::Element<'_>) -> Result<(), Error> {
    let invalid = |what| Err(Error::with(ErrorKind::SamlXmlInvalid, what));
    for name in
        std::iter::once(&element.name).chain(element.attributes.iter().map(|attribute| &attribute.name))
    {
        let local = name.local_name.as_ref();
        if local.contains(':') || local.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')) {
            return invalid("a name is not a qualified name");
        }
        if name.namespace_uri.as_deref() == Some(XMLNS) || name.prefix.as_deref() == Some("xmlns") {
            return invalid("the prefix xmlns is used as a name's");
        }
    }
    for (prefix, uri) in &element.namespace_declarations {
        if uri.is_empty() && !prefix.is_empty() {
            return invalid("a prefix is declared as nothing");
        }
        if !uri.is_empty() && !is_absolute(uri) {
            return invalid("a namespace is a relative URI");
        }
    }
    Ok(())
}

/// Returns whether the URI begins with a scheme (RFC 3986 §3.1).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn check_root(root: Element<'_>, kind: Kind) -> Result<(), Error> {
    if !kind.is_root(root.namespace(), root.local()) {
        return Err(Error::with(
            ErrorKind::SamlRootWrong,
            format_args!("expected a {kind:?}, found {root:?}"),
        ));
    }
    if kind.is_versioned() {
        check_version(root)?;
    }
    if kind.is_versioned() && root.attribute("ID").is_none() {
        return Err(Error::with(ErrorKind::SamlIdInvalid, "the root has no ID"));
    }
    Ok(())
}

/// Checks that the version is 2.0 (SAML core §2.3.3, §3.2.1).
fn check_version(element: Element<'_>) -> Result<(), Error> {
    match element.attribute("Version") {
        Some("2.0") => Ok(()),
        _ => Err(Error::with(ErrorKind::SamlRootWrong, format_args!("{element:?} is not of version 2.0"))),
    }
}

/// Checks which elements are directly in the root, and directly in the assertion of a response.
fn check_contents(root: Element<'_>, kind: Kind) -> Result<(), Error> {
    if let Some(allowed) = kind.children() {
        check_children(root, allowed)?;
    }
    if kind == Kind::Response {
        match (root.child(SAML, "Assertion")?, root.child(SAML, "EncryptedAssertion")?) {
            (Some(assertion), None) => {
                check_version(assertion)?;
                check_children(assertion, ASSERTION)?;
            }
            (None, Some(_)) => {}
            (None, None) | (Some(_), Some(_)) => {
                return Err(Error::with(
                    ErrorKind::SamlAssertionCount,
                    "the assertion is not a direct child of the response",
                ));
            }
        }
    }
    Ok(())
}

fn check_children(parent: Element<'_>, allowed: &[Child]) -> Result<(), Error> {
    let mut seen = Vec::with_capacity(allowed.len());
    for child in parent.children() {
        let Some((_, local, often)) = allowed.iter().find(|(namespace, local, _)| child.is(namespace, local))
        else {
            return Err(unexpected(format_args!("{child:?} in {parent:?}")));
        };
        match often {
            Often::Many => {}
            Often::Once if seen.contains(local) => {
                return Err(unexpected(format_args!("{local} appears more than once in {parent:?}")));
            }
            Often::Once => seen.push(local),
        }
    }
    Ok(())
}

fn unexpected(what: impl std::fmt::Display) -> Error {
    Error::with(ErrorKind::SamlElementUnexpected, what)
}
