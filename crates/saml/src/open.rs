//! Opens a document: from the received text to the elements that may be trusted.
//!
//! Each function checks and parses the text once, verifies every signature, and passes the verified elements to the
//! caller's `read`. The document lives only while `read` runs, so `read` returns owned values.

use crate::{
    decrypt::decrypt,
    error::{Error, ErrorKind},
    policy::{Encryption, Trust},
    signature::{verified::VerifiedElement, verify::verify_signatures},
    xml::{
        document::Document, element::Element, kind::Kind, limits::Limits, namespace::SAML, source::Source,
    },
};

/// A response whose assertion is signed, either directly or as part of the signed response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened<'d> {
    /// The `samlp:Response`. Unless [it is signed](Self::signed_response), anyone may have written it.
    pub(crate) response: Element<'d>,
    /// The response as a verified element, if a signature covers it.
    pub(crate) signed_response: Option<VerifiedElement<'d>>,
    /// The assertion. If it was encrypted, it is in another document than the response.
    pub(crate) assertion: VerifiedElement<'d>,
    /// Whether the assertion was encrypted.
    pub(crate) was_encrypted: bool,
}

/// Opens a `samlp:Response` and passes it to `read`, which checks its content.
///
/// # Errors
///
/// Returns the kinds of the checks 1 to 5 of design §8 and of the check that the assertion is signed, and the errors of
/// `read`.
pub(crate) fn open_response<T>(
    text: &str,
    trust: &Trust<'_>,
    read: impl FnOnce(Opened<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let source = Source::new(text, trust.limits)?;
    let document = Document::parse(&source, Kind::Response)?;
    let response = document.root()?;
    if let Some(assertion) = response.child(SAML, "Assertion")? {
        let covered = verify_signatures(&document, &[response, assertion], trust)?;
        if trust.encryption == Encryption::Required {
            return Err(Error::with(ErrorKind::SamlEncryptionRefused, "the assertion is not encrypted"));
        }
        let signed_response = covered.get(response);
        let within = match signed_response {
            Some(signed) => signed.child(SAML, "Assertion")?,
            None => covered.get(assertion),
        };
        let assertion = within.ok_or(ErrorKind::SamlSignatureMissing)?;
        return read(Opened { response, signed_response, assertion, was_encrypted: false });
    }
    let missing = ErrorKind::SamlAssertionCount;
    let encrypted = response.required(SAML, "EncryptedAssertion", missing)?;
    let signed_response = verify_signatures(&document, &[response], trust)?.get(response);
    let signed =
        signed_response.map(|signed| signed.required(SAML, "EncryptedAssertion", missing)).transpose()?;
    let plaintext = decrypt(encrypted, signed, trust)?;
    open_plaintext(&plaintext, trust, response, signed_response.zip(signed), read)
}

/// Opens the plaintext of an encrypted assertion, which is a separate document. `signed` contains the response and the
/// ciphertext in it, if a signature covers them.
pub(crate) fn open_plaintext<T>(
    plaintext: &str,
    trust: &Trust<'_>,
    response: Element<'_>,
    signed: Option<(VerifiedElement<'_>, VerifiedElement<'_>)>,
    read: impl FnOnce(Opened<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let source = Source::new(plaintext, trust.limits)?;
    let document = Document::parse(&source, Kind::Assertion)?;
    let assertion = document.root()?;
    let covered = verify_signatures(&document, &[assertion], trust)?;
    let signed_response = signed.map(|(response, _)| response);
    let assertion = match signed {
        Some((_, ciphertext)) => VerifiedElement::decrypted(ciphertext, assertion),
        None => covered.get(assertion).ok_or(ErrorKind::SamlSignatureMissing)?,
    };
    read(Opened { response, signed_response, assertion, was_encrypted: true })
}

/// Opens a document whose root must be signed: a logout message by HTTP POST, or metadata whose signing key the
/// operator gave. The decryption keys and the encryption policy in `trust` are not used.
///
/// # Errors
///
/// The same as [`open_response`].
pub(crate) fn open_signed<T>(
    text: &str,
    kind: Kind,
    trust: &Trust<'_>,
    read: impl FnOnce(VerifiedElement<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let source = Source::new(text, trust.limits)?;
    let document = Document::parse(&source, kind)?;
    let root = document.root()?;
    let covered = verify_signatures(&document, &[root], trust)?;
    read(covered.get(root).ok_or(ErrorKind::SamlSignatureMissing)?)
}

/// Reads a document that something else vouches for: a logout message whose detached signature was verified before
/// (HTTP Redirect binding), or metadata from the administrator's own file. Signatures in it are not verified.
///
/// # Errors
///
/// Returns the kinds of the checks 1 to 3 of design §8, and the errors of `read`.
pub(crate) fn read_unsigned<T>(
    text: &str,
    kind: Kind,
    limits: Limits,
    read: impl FnOnce(Element<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let source = Source::new(text, limits)?;
    let document = Document::parse(&source, kind)?;
    read(document.root()?)
}
