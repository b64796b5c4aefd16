//! Verifies signatures (XML-DSig §3.2) with samael in its pre-digest mode, which returns the bytes that libxmlsec1
//! digested.
//!
//! These bytes must equal the canonical form of the element that is read.

use samael::crypto::{
    AllowedSignatureAlgorithm::{self, *},
    CertificateDer, CryptoProvider as _, ReduceMode, XmlSec,
};

use crate::{
    certificate::Certificate,
    error::{
        Error,
        ErrorKind::{SamlAlgorithmRefused, SamlSignatureInvalid},
    },
    method::SignatureMethod,
    xmlsec::{check::SignatureCheck, engine::Xmlsec, envelope::certificate_around},
};

/// The algorithms that samael may verify. The algorithm of each signature was compared with the connection's own list
/// before.
const ALLOWED: &[AllowedSignatureAlgorithm] =
    &[RsaSha256, RsaSha384, RsaSha512, EcdsaSha256, EcdsaSha384, EcdsaSha512];

impl Xmlsec {
    /// Checks that every signature of the document is valid under one of the keys, over exactly the bytes that are
    /// read.
    ///
    /// # Errors
    ///
    /// Returns `SamlAlgorithmRefused` if samael does not support a method, and `SamlSignatureInvalid` if a signature is
    /// not valid.
    pub(crate) fn verify(self, check: &SignatureCheck<'_>) -> Result<(), Error> {
        let invalid = |what: &dyn std::fmt::Display| Err(Error::with(SamlSignatureInvalid, what));
        if let Some(method) = check.methods.iter().find(|method| !is_known(**method)) {
            return Err(Error::with(
                SamlAlgorithmRefused,
                format_args!("{method:?} is not known to the engine xmlsec"),
            ));
        }
        // SAML core §1.3.4: an ID is an NCName. libxmlsec1 reads a reference to any other ID as an XPointer. samael
        // refuses a document that contains any other ID anywhere, signed or not.
        if let Some(id) = check.ids.iter().find(|id| !is_name(id)) {
            return invalid(&format_args!(
                "the engine xmlsec needs every ID of the document to be an NCName, and {id:?} is not"
            ));
        }
        // If a key is of another kind than the signature's, samael stops there and does not try the next key.
        let fits = |key: &&Certificate| check.methods.iter().all(|method| key.fits(*method));
        let keys: Vec<_> = check
            .keys
            .iter()
            .filter(fits)
            .map(|key| CertificateDer::from(certificate_around(key.public_key())))
            .collect();
        if keys.is_empty() {
            return invalid(&"no certificate of the connection is of the kind that the signatures need");
        }
        count();
        match XmlSec::reduce_xml_to_signed_with_allowed_algorithms(
            check.text,
            &keys,
            ReduceMode::PreDigest,
            Some(ALLOWED),
        ) {
            Ok(signed) if signed.as_bytes() == check.signed => Ok(()),
            Ok(_) => invalid(&"what libxml2 reads is not what is read here"),
            Err(error) => {
                invalid(&format_args!("by none of {} certificates of the connection: {error}", keys.len()))
            }
        }
    }
}

/// Returns whether samael supports the method.
fn is_known(method: SignatureMethod) -> bool {
    match method {
        SignatureMethod::RsaSha256
        | SignatureMethod::RsaSha384
        | SignatureMethod::RsaSha512
        | SignatureMethod::EcdsaSha256
        | SignatureMethod::EcdsaSha384
        | SignatureMethod::EcdsaSha512 => true,
        SignatureMethod::RsaSha1
        | SignatureMethod::PssSha256
        | SignatureMethod::PssSha384
        | SignatureMethod::PssSha512 => false,
    }
}

/// Returns whether the text is an NCName (Namespaces in XML 1.0 §3) of letters, digits, `_`, `-` and `.`.
fn is_name(id: &str) -> bool {
    id.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(not(any(test, feature = "_testing")))]
fn count() {}

#[cfg(any(test, feature = "_testing"))]
pub use self::testing::asked_so_far;
#[cfg(any(test, feature = "_testing"))]
use self::testing::count;

#[cfg(any(test, feature = "_testing"))]
mod testing {
    use std::cell::Cell;

    thread_local!(static ASKED: Cell<usize> = const { Cell::new(0) });

    pub(crate) fn count() {
        ASKED.set(ASKED.get() + 1);
    }

    /// Returns how often this thread asked samael about a document.
    pub fn asked_so_far() -> usize {
        ASKED.get()
    }
}
