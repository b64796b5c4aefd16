//! What the second engine is asked about signatures.

use crate::{certificate::Certificate, method::SignatureMethod};

/// What is asked: whether every signature of a document is valid.
#[cfg_attr(not(feature = "xmlsec"), expect(dead_code, reason = "nobody is there to ask"))]
pub(crate) struct SignatureCheck<'a> {
    /// The document that was parsed and checked.
    pub(crate) text: &'a str,
    /// How its signatures were made; at least one.
    pub(crate) methods: Vec<SignatureMethod>,
    /// Every attribute `ID` of the document, signed or not.
    pub(crate) ids: Vec<&'a str>,
    /// The canonical bytes of the outermost of these elements, without its own signature.
    pub(crate) signed: Vec<u8>,
    pub(crate) keys: &'a [Certificate],
}
