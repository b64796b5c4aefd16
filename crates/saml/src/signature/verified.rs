//! The type for elements that a valid signature covers.
//!
//! It is created only where signatures are verified. Its children are covered too, and its text is read without
//! changes.

use crate::{
    error::{Error, ErrorKind},
    xml::{element::Element, namespace::DS},
};

/// An element that a valid signature covers: every byte that matters is signed. Its children are covered too, and the
/// signature itself is not among them.
///
/// It is created only where signatures are verified. Code that has a `VerifiedElement` need not check the signature
/// again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifiedElement<'d>(Element<'d>);

impl<'d> VerifiedElement<'d> {
    /// Creates a verified element from the target of a valid signature. It must not be called with any other element.
    pub(crate) fn covered(target: Element<'d>) -> Self {
        Self(target)
    }

    /// Creates a verified element from the root of the plaintext of `ciphertext`: a signature over a ciphertext is a
    /// signature over its plaintext.
    pub(crate) fn decrypted(_ciphertext: VerifiedElement<'_>, root: Element<'d>) -> Self {
        Self(root)
    }

    pub(crate) fn is_node(self, element: Element<'_>) -> bool {
        self.0.is_node(element)
    }

    /// Returns whether the element has this name.
    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.0.is(namespace, local)
    }

    /// Returns the element's name without the prefix.
    pub(crate) fn local(self) -> &'d str {
        self.0.local()
    }

    /// Returns the attribute that has this name and no namespace.
    pub(crate) fn attribute(self, local: &str) -> Option<&'d str> {
        self.0.attribute(local)
    }

    /// Returns every attribute as namespace (empty if it has no namespace), name without the prefix, and value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.0.attributes()
    }

    /// Returns the child elements, in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.0.children().filter(|child| !child.is(DS, "Signature")).map(Self)
    }

    /// Returns the child element of this name, if there is one.
    ///
    /// # Errors
    ///
    /// Returns `SamlElementUnexpected` if there are several.
    pub(crate) fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, Error> {
        let found = self.0.child(namespace, local)?;
        Ok(found.filter(|child| !child.is(DS, "Signature")).map(Self))
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
        self.0.text()
    }
}
