//! A common interface of verified and unverified elements, for readers that accept both.
//!
//! An unverified element is accepted only where something else vouches for the document: a detached signature, or the
//! operator. Assertions are read only as verified elements.

use crate::{
    error::{Error, ErrorKind},
    signature::verified::VerifiedElement,
    xml::element::Element,
};

/// An element, verified or not. Used for documents whose signature is detached (the HTTP Redirect binding) or that need
/// no signature (a file that the operator gave). Assertions are read only as [`VerifiedElement`].
pub(crate) trait Tree<'d>: Copy {
    fn is(self, namespace: &str, local: &str) -> bool;
    fn attribute(self, local: &str) -> Option<&'d str>;
    fn children(self) -> impl Iterator<Item = Self>;
    fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, Error>;
    fn required(self, namespace: &str, local: &str, missing: ErrorKind) -> Result<Self, Error>;
    fn text(self) -> Result<&'d str, Error>;
}

macro_rules! tree {
    ($($element:ident)+) => {$(
        impl<'d> Tree<'d> for $element<'d> {
            fn is(self, namespace: &str, local: &str) -> bool {
                $element::is(self, namespace, local)
            }
            fn attribute(self, local: &str) -> Option<&'d str> {
                $element::attribute(self, local)
            }
            fn children(self) -> impl Iterator<Item = Self> {
                $element::children(self)
            }
            fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, Error> {
                $element::child(self, namespace, local)
            }
            fn required(self, namespace: &str, local: &str, missing: ErrorKind) -> Result<Self, Error> {
                $element::required(self, namespace, local, missing)
            }
            fn text(self) -> Result<&'d str, Error> {
                $element::text(self)
            }
        }
    )+};
}

tree!(Element VerifiedElement);
