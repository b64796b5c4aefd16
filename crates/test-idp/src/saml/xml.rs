//! XML as a small tree, written in exclusive canonical form, so that the signed text is the text that is sent.

use std::collections::BTreeMap;

use uppsala::{Document, NodeId, NodeKind, Parser};

/// The namespaces of the messages, by prefix.
const NAMESPACES: [(&str, &str); 6] = [
    ("saml", "urn:oasis:names:tc:SAML:2.0:assertion"),
    ("samlp", "urn:oasis:names:tc:SAML:2.0:protocol"),
    ("md", "urn:oasis:names:tc:SAML:2.0:metadata"),
    ("ds", "http://www.w3.org/2000/09/xmldsig#"),
    ("xenc", "http://www.w3.org/2001/04/xmlenc#"),
    ("xenc11", "http://www.w3.org/2009/xmlenc11#"),
];

/// An element.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Element {
    prefix: String,
    namespace: String,
    local: String,
    attributes: Vec<Attribute>,
    children: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
struct Attribute {
    prefix: String,
    namespace: String,
    local: String,
    value: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Returns an element with a name such as `saml:Issuer`. A prefix that is not in our list is dropped.
    pub(crate) fn new(name: &str) -> Self {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let known = NAMESPACES.iter().find(|(known, _)| *known == prefix);
        let (prefix, namespace) = known.copied().unwrap_or_default();
        Self {
            prefix: prefix.to_owned(),
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, attribute: &str, value: impl Into<String>) -> Self {
        self.set(attribute, Some(value.into()));
        self
    }

    pub(crate) fn with_some(self, attribute: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(crate) fn children_from(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    pub(crate) fn local(&self) -> &str {
        &self.local
    }

    /// Returns whether the element has this name, such as `saml:Issuer`.
    pub(crate) fn is(&self, name: &str) -> bool {
        let named = Self::new(name);
        self.local == named.local && self.namespace == named.namespace
    }

    /// Returns the value of an attribute in no namespace.
    pub(crate) fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|it| it.local == local && it.namespace.is_empty());
        found.map(|attribute| attribute.value.as_str())
    }

    /// Sets or removes an attribute in no namespace.
    pub(crate) fn set(&mut self, local: &str, value: Option<String>) {
        self.attributes.retain(|it| it.local != local || !it.namespace.is_empty());
        if let Some(value) = value {
            let (prefix, namespace, local) = (String::new(), String::new(), local.to_owned());
            self.attributes.push(Attribute { prefix, namespace, local, value });
        }
    }

    /// Replaces everything inside with a text.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.children = vec![Node::Text(text.to_owned())];
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns the first child with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.is(name))
    }

    /// Returns the text directly inside.
    pub(crate) fn own_text(&self) -> String {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Element(_) => None,
            Node::Text(text) => Some(text.as_str()),
        });
        texts.collect()
    }

    /// Inserts an element at this position among the children.
    pub(crate) fn insert(&mut self, at: usize, element: Self) {
        self.children.insert(at.min(self.children.len()), Node::Element(element));
    }

    /// Replaces each child element with the elements that `change` returns for it.
    pub(crate) fn change_children(&mut self, change: &mut dyn FnMut(Self) -> Vec<Self>) {
        let children = std::mem::take(&mut self.children);
        for node in children {
            match node {
                Node::Element(element) => {
                    self.children.extend(change(element).into_iter().map(Node::Element));
                }
                text @ Node::Text(_) => self.children.push(text),
            }
        }
    }

    /// Returns the element in Exclusive XML Canonicalization 1.0 without comments, with this element as the apex.
    pub(crate) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &BTreeMap::new());
        out
    }

    fn write<'a>(&'a self, out: &mut String, rendered: &BTreeMap<&'a str, &'a str>) {
        let name = qualified(&self.prefix, &self.local);
        out.push('<');
        out.push_str(&name);
        // A prefix is declared where it is used, unless an ancestor declares it with the same namespace (§3).
        let mut here = rendered.clone();
        let attributes = self.attributes.iter().filter(|it| !it.prefix.is_empty());
        let used = std::iter::once((self.prefix.as_str(), self.namespace.as_str()))
            .chain(attributes.map(|it| (it.prefix.as_str(), it.namespace.as_str())));
        let used: BTreeMap<_, _> = used.collect();
        for (prefix, namespace) in used {
            if here.get(prefix).copied().unwrap_or_default() != namespace {
                here.insert(prefix, namespace);
                let colon = if prefix.is_empty() { "" } else { ":" };
                out.push_str(&format!(" xmlns{colon}{prefix}=\"{}\"", escape_attribute(namespace)));
            }
        }
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort_by_key(|it| (it.namespace.as_str(), it.local.as_str()));
        for it in attributes {
            let name = qualified(&it.prefix, &it.local);
            out.push_str(&format!(" {name}=\"{}\"", escape_attribute(&it.value)));
        }
        out.push('>');
        for node in &self.children {
            match node {
                Node::Element(element) => element.write(out, &here),
                Node::Text(text) => out.push_str(&escape_text(text)),
            }
        }
        out.push_str(&format!("</{name}>"));
    }

    /// Parses a document. Returns `None` if it is not XML with namespaces, or contains something that SAML messages
    /// never contain.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let document = Parser::new().with_max_depth(32).with_forbid_dtd(true).parse(text).ok()?;
        Self::of(&document, document.document_element()?)
    }

    fn of(document: &Document<'_>, id: NodeId) -> Option<Self> {
        let element = document.element(id)?;
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
        let mut read = Self {
            prefix: text(&element.name.prefix),
            namespace: text(&element.name.namespace_uri),
            local: element.name.local_name.to_string(),
            ..Self::default()
        };
        for attribute in &element.attributes {
            read.attributes.push(Attribute {
                prefix: text(&attribute.name.prefix),
                namespace: text(&attribute.name.namespace_uri),
                local: attribute.name.local_name.to_string(),
                value: attribute.value.to_string(),
            });
        }
        for child in document.children_iter(id) {
            match document.node_kind(child)? {
                NodeKind::Element(_) => read.children.push(Node::Element(Self::of(document, child)?)),
                NodeKind::Text(text) | NodeKind::CData(text) => {
                    read.children.push(Node::Text(text.to_string()));
                }
                NodeKind::Comment(_) => {}
                NodeKind::Document | NodeKind::ProcessingInstruction(_) | NodeKind::Attribute(..) => {
                    return None;
                }
            }
        }
        Some(read)
    }
}

fn qualified(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

fn escape_attribute(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    text.replace('\t', "&#x9;").replace('\n', "&#xA;").replace('\r', "&#xD;")
}

#[cfg(test)]
mod tests {
    use bergshamra_c14n::{C14nMode, canonicalize};

    use super::*;

    fn message() -> Element {
        Element::new("samlp:Response").with("Version", "2.0").with("ID", "_a<\"&\t").child(
            Element::new("saml:Assertion")
                .child(Element::new("saml:Issuer").text("a & b > c\r<"))
                .child(Element::new("ds:Signature").child(Element::new("Nothing"))),
        )
    }

    #[test]
    fn written_xml_is_canonical_according_to_another_implementation() {
        let written = message().canonical();
        let theirs = canonicalize(&written, C14nMode::Exclusive, None, &[""; 0]).unwrap();
        assert_eq!(written, String::from_utf8(theirs).unwrap());
    }

    #[test]
    fn written_xml_is_read_back_unchanged() {
        let written = message().canonical();
        assert_eq!(Element::read(&written).unwrap().canonical(), written);
        let foreign = "<r xmlns=\"urn:a\" xmlns:b=\"urn:b\" b:x=\"1\" a=\"2\"><c xmlns=\"\"/><b:d/></r>";
        let theirs = canonicalize(foreign, C14nMode::Exclusive, None, &[""; 0]).unwrap();
        assert_eq!(Element::read(foreign).unwrap().canonical(), String::from_utf8(theirs).unwrap());
    }

    #[test]
    fn xml_that_no_message_contains_is_not_read() {
        for text in ["", "<a>", "<!DOCTYPE a><a/>", "<a><?b?></a>"] {
            assert!(Element::read(text).is_none(), "{text}");
        }
    }
}
