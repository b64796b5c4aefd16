//! The second engine: libxmlsec1, libxml2 and OpenSSL by way of samael, for those who must use the distribution's
//! libraries or validated ones. Only with the feature `saml-xmlsec`.
//!
//! It answers yes or no, behind every check that the default engine is asked behind, and never says what is read: that
//! are the nodes of the one document that our own reader parsed. What it says yes to has to be, byte by byte, the
//! canonical form of those nodes.

#[cfg(not(feature = "saml-xmlsec"))]
mod absent;
#[cfg(feature = "saml-xmlsec")]
mod decrypt;
#[cfg(feature = "saml-xmlsec")]
mod envelope;
#[cfg(any(test, feature = "_fuzz"))]
mod unable;
#[cfg(feature = "saml-xmlsec")]
mod verify;

#[cfg(not(feature = "saml-xmlsec"))]
pub(crate) use self::absent::{PrivateKey, Xmlsec};
#[cfg(feature = "saml-xmlsec")]
pub(crate) use self::{decrypt::PrivateKey, verify::Xmlsec};

#[cfg(any(test, feature = "_fuzz"))]
pub(super) use self::unable::Unable;
#[cfg(all(test, feature = "saml-xmlsec"))]
pub(super) use self::{unable::UNABLE, verify::asked_so_far};

use crate::provider::saml::{
    certificate::Certificate, choices::SamlEngine, signature::method::SignatureMethod,
};

/// The engine of a connection, in a build that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// In Rust, with AWS-LC.
    Default,
    /// libxmlsec1. There is no value of it in a build without.
    Xmlsec(Xmlsec),
}

impl Engine {
    /// The engine that was chosen; none where this build is without it.
    pub(super) fn of(choice: SamlEngine) -> Option<Self> {
        match choice {
            SamlEngine::Default => Some(Self::Default),
            SamlEngine::Xmlsec => Xmlsec::of_this_build().map(Self::Xmlsec),
        }
    }
}

/// What is asked: whether every signature of a document is valid.
#[cfg_attr(not(feature = "saml-xmlsec"), expect(dead_code, reason = "nobody is there to ask"))]
pub(super) struct SignatureCheck<'a> {
    /// The document that was parsed and checked.
    pub(super) text: &'a str,
    /// How its signatures were made; at least one.
    pub(super) methods: Vec<SignatureMethod>,
    /// Every attribute `ID` of the document, signed or not.
    pub(super) ids: Vec<&'a str>,
    /// The canonical bytes of the outermost of these elements, without its own signature.
    pub(super) signed: Vec<u8>,
    pub(super) keys: &'a [Certificate],
}
