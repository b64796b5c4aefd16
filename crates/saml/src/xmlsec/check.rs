//! The input for the second engine when it verifies the signatures of a document.
//!
//! It contains the text that was parsed, and the bytes that the engine must have digested.

use crate::{certificate::Certificate, method::SignatureMethod};

/// One request to the second engine: is every signature of this document valid?
#[cfg_attr(not(feature = "xmlsec"), expect(dead_code, reason = "nobody is there to ask"))]
pub(crate) struct SignatureCheck<'a> {
    /// The document that was parsed and checked.
    pub(crate) text: &'a str,
    /// The methods of the document's signatures. There is at least one.
    pub(crate) methods: Vec<SignatureMethod>,
    /// The value of every attribute `ID` of the document, signed or not.
    pub(crate) ids: Vec<&'a str>,
    /// The canonical bytes of the outermost signed element, without its own signature.
    pub(crate) signed: Vec<u8>,
    pub(crate) keys: &'a [Certificate],
}
