//! An element of a parsed document.
//!
//! Names are compared together with their namespace. Text is returned only from elements that contain nothing else.

use uppsala::{Document as Dom, NodeId, NodeKind};

use crate::error::{Error, ErrorKind};

/// An element. It is cheap to copy. Names are compared with their namespace. Attributes are looked up without one.
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    dom: &'d Dom<'d>,
    id: NodeId,
    data: &'d uppsala::Element<'d>,
}

impl<'d> Element<'d> {
    pub(crate) fn of(dom: &'d Dom<'d>, id: NodeId) -> Option<Self> {
        Some(Self { dom, id, data: dom.element(id)? })
    }

    /// Returns whether the element has this name.
    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
    }

    /// Returns the element's namespace, which is empty if it has no namespace.
    pub(crate) fn namespace(self) -> &'d str {
        self.data.name.namespace_uri.as_deref().unwrap_or_default()
    }

    /// Returns the element's name without the prefix.
    pub(crate) fn local(self) -> &'d str {
        &self.data.name.local_name
    }

    /// Returns the attribute that has this name and no namespace.
    pub(crate) fn attribute(self, local: &str) -> Option<&'d str> {
        self.attributes()
            .find(|(namespace, name, _)| namespace.is_empty() && *name == local)
            .map(|found| found.2)
    }

    /// Returns every attribute as namespace (empty if it has no namespace), name without the prefix, and value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.data.attributes.iter().map(|attribute| {
            let namespace = attribute.name.namespace_uri.as_deref().unwrap_or_default();
            (namespace, attribute.name.local_name.as_ref(), attribute.value.as_ref())
        })
    }

    /// Returns the child elements, in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.dom.children_iter(self.id).filter_map(move |id| Self::of(self.dom, id))
    }

    /// Returns the child element of this name, if there is one.
    ///
    /// # Errors
    ///
    /// Returns `SamlElementUnexpected` if there are several.
    pub(crate) fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, Error> {
        let mut found = self.children().filter(|child| child.is(namespace, local));
        let (first, second) = (found.next(), found.next());
        match second {
            None => Ok(first),
            Some(_) => Err(Error::with(
                ErrorKind::SamlElementUnexpected,
                format_args!("{} appears more than once in {}", local, self.local()),
            )),
        }
    }

    /// Returns the one child element of this name.
    ///
    /// # Errors
    ///
    /// Returns `missing` if there is no such element, and `SamlElementUnexpected` if there are several.
    pub(crate) fn required(self, namespace: &str, local: &str, missing: ErrorKind) -> Result<Self, Error> {
        self.child(namespace, local)?
            .ok_or_else(|| Error::with(missing, format_args!("{} holds no {local}", self.local())))
    }

    /// Returns the element's text, unchanged. It is empty if the element is empty.
    ///
    /// # Errors
    ///
    /// Returns `SamlTextMixed` if the element contains anything but one run of text: an element, a comment or a CDATA
    /// section.
    pub(crate) fn text(self) -> Result<&'d str, Error> {
        let mut nodes = self.dom.children_iter(self.id);
        match (nodes.next().map(|id| self.dom.node_kind(id)), nodes.next()) {
            (None, _) => Ok(""),
            (Some(Some(NodeKind::Text(text))), None) => Ok(text),
            _ => Err(Error::with(
                ErrorKind::SamlTextMixed,
                format_args!("{} holds more than text", self.local()),
            )),
        }
    }

    /// Returns whether the element contains only elements and white space: no comment, no text, no CDATA section.
    pub(crate) fn is_structure(self) -> bool {
        self.dom.children_iter(self.id).all(|id| match self.dom.node_kind(id) {
            Some(NodeKind::Element(_)) => true,
            Some(NodeKind::Text(text)) => text.trim_ascii().is_empty(),
            _ => false,
        })
    }

    /// Returns the parent element.
    pub(crate) fn parent(self) -> Option<Self> {
        Self::of(self.dom, self.dom.parent(self.id)?)
    }

    /// Returns whether both are the same node of the same document.
    pub(crate) fn is_node(self, other: Self) -> bool {
        std::ptr::eq(self.data, other.data)
    }

    pub(crate) fn node(self) -> NodeId {
        self.id
    }

    pub(crate) fn data(self) -> &'d uppsala::Element<'d> {
        self.data
    }

    pub(crate) fn dom(self) -> &'d Dom<'d> {
        self.dom
    }
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}}}{}", self.namespace(), self.local())
    }
}
