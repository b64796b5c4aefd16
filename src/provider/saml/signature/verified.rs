//! An element that a valid signature covers.

use crate::login::{LoginError, LoginErrorKind};

use super::super::xml::{Element, namespace::DS};

/// An element whose every byte that matters is signed. Its children are too, and the signature itself is not among them.
///
/// Made only where signatures are verified: whoever holds one need not ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VerifiedElement<'d>(Element<'d>);

impl<'d> VerifiedElement<'d> {
    /// Made of the target of a valid signature alone.
    pub(super) fn covered(target: Element<'d>) -> Self {
        Self(target)
    }

    /// The root of what `ciphertext` was decrypted to: a signature over a ciphertext is one over its plaintext.
    pub(in super::super) fn decrypted(_ciphertext: VerifiedElement<'_>, root: Element<'d>) -> Self {
        Self(root)
    }

    pub(super) fn is_node(self, element: Element<'_>) -> bool {
        self.0.is_node(element)
    }

    /// Whether it has this name.
    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.0.is(namespace, local)
    }

    /// Its name without the prefix.
    pub(crate) fn local(self) -> &'d str {
        self.0.local()
    }

    /// The attribute of this name that has no namespace.
    pub(crate) fn attribute(self, local: &str) -> Option<&'d str> {
        self.0.attribute(local)
    }

    /// Every attribute as namespace (empty if it has none), name without the prefix, value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.0.attributes()
    }

    /// The elements that stand directly in it, in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.0.children().filter(|child| !child.is(DS, "Signature")).map(Self)
    }

    /// The one child of this name, if there is one.
    ///
    /// # Errors
    /// `SamlElementUnexpected` when there are several.
    pub(crate) fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, LoginError> {
        let found = self.0.child(namespace, local)?;
        Ok(found.filter(|child| !child.is(DS, "Signature")).map(Self))
    }

    /// The one child of this name.
    ///
    /// # Errors
    /// `missing` when there is none, `SamlElementUnexpected` when there are several.
    pub(crate) fn required(
        self,
        namespace: &str,
        local: &str,
        missing: LoginErrorKind,
    ) -> Result<Self, LoginError> {
        self.child(namespace, local)?
            .ok_or_else(|| LoginError::with(missing, format_args!("{} holds no {local}", self.local())))
    }

    /// Its text, exactly as it stands there. Empty if it holds nothing.
    ///
    /// # Errors
    /// `SamlTextMixed` when it holds anything but one run of text: an element, a comment, a CDATA section.
    pub(crate) fn text(self) -> Result<&'d str, LoginError> {
        self.0.text()
    }
}
