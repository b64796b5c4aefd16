//! What is read of an element, whether it is signed itself or something else vouches for it.

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    provider::saml::{signature::verified::VerifiedElement, xml::element::Element},
};

/// An element of either kind. For documents whose signature stands beside them (the Redirect binding) or that need none
/// (a file of the operator's): assertions are read as [`VerifiedElement`] alone.
pub(super) trait Tree<'d>: Copy {
    fn is(self, namespace: &str, local: &str) -> bool;
    fn attribute(self, local: &str) -> Option<&'d str>;
    fn children(self) -> impl Iterator<Item = Self>;
    fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, LoginError>;
    fn required(self, namespace: &str, local: &str, missing: LoginErrorKind) -> Result<Self, LoginError>;
    fn text(self) -> Result<&'d str, LoginError>;
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
            fn child(self, namespace: &str, local: &str) -> Result<Option<Self>, LoginError> {
                $element::child(self, namespace, local)
            }
            fn required(self, namespace: &str, local: &str, missing: LoginErrorKind) -> Result<Self, LoginError> {
                $element::required(self, namespace, local, missing)
            }
            fn text(self) -> Result<&'d str, LoginError> {
                $element::text(self)
            }
        }
    )+};
}

tree!(Element VerifiedElement);
