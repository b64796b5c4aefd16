//! What is read of an element, whether it is signed itself or something else vouches for it.

use crate::{
    error::{Error, ErrorKind},
    signature::verified::VerifiedElement,
    xml::element::Element,
};

/// An element of either kind. For documents whose signature stands beside them (the Redirect binding) or that need none
/// (a file of the operator's): assertions are read as [`VerifiedElement`] alone.
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
