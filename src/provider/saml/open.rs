//! From the text that came to the elements that may be believed.
//!
//! The document lives as long as its reader runs: what a reader returns is its own.

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    provider::saml::{
        certificate::Certificate,
        decrypt::{DecryptionKey, decrypt},
        signature::{engine::cover, method::Sha1, verified::VerifiedElement},
        xml::{
            document::Document, element::Element, kind::Kind, limits::Limits, namespace::SAML, source::Source,
        },
        xmlsec::Engine,
    },
};

/// What a connection believes.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'t> {
    /// The provider's signing keys. Without one nothing is believed.
    pub(crate) keys: &'t [Certificate],
    /// Our keys that assertions are encrypted for.
    pub(crate) decryption_keys: &'t [DecryptionKey],
    /// Whether signatures and digests with SHA-1 are.
    pub(crate) sha1: Sha1,
    /// Whether an assertion that is not encrypted is.
    pub(crate) encryption: Encryption,
    /// What verifies and decrypts.
    pub(crate) engine: Engine,
    /// How large and complex a document may be.
    pub(crate) limits: Limits,
}

/// Whether assertions have to be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// They may be.
    Optional,
    /// They must be.
    Required,
}

/// A response whose assertion is signed, directly or with the whole response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened<'d> {
    /// `samlp:Response`. Anyone may have written it unless it [is signed](Self::signed_response).
    pub(crate) response: Element<'d>,
    /// The response again, when a signature covers it.
    pub(crate) signed_response: Option<VerifiedElement<'d>>,
    /// The assertion. Of its own document when it was encrypted.
    pub(crate) assertion: VerifiedElement<'d>,
    /// Whether the assertion was encrypted.
    pub(crate) was_encrypted: bool,
}

/// Opens a `samlp:Response` and lets `read` judge what it says.
///
/// # Errors
/// Every kind of design §8, checks 1 to 5 and coverage, and `read`'s own.
pub(crate) fn open_response<T>(
    text: &str,
    trust: &Trust<'_>,
    read: impl FnOnce(Opened<'_>) -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    let source = Source::new(text, trust.limits)?;
    let document = Document::parse(&source, Kind::Response)?;
    let response = document.root()?;
    if let Some(assertion) = response.child(SAML, "Assertion")? {
        let covered = cover(&document, &[response, assertion], trust)?;
        if trust.encryption == Encryption::Required {
            return Err(LoginError::with(
                LoginErrorKind::SamlEncryptionRefused,
                "the assertion is not encrypted",
            ));
        }
        let signed_response = covered.get(response);
        let within = match signed_response {
            Some(signed) => signed.child(SAML, "Assertion")?,
            None => covered.get(assertion),
        };
        let assertion = within.ok_or(LoginErrorKind::SamlSignatureMissing)?;
        return read(Opened { response, signed_response, assertion, was_encrypted: false });
    }
    let missing = LoginErrorKind::SamlAssertionCount;
    let encrypted = response.required(SAML, "EncryptedAssertion", missing)?;
    let signed_response = cover(&document, &[response], trust)?.get(response);
    let signed =
        signed_response.map(|signed| signed.required(SAML, "EncryptedAssertion", missing)).transpose()?;
    let plaintext = decrypt(encrypted, signed, trust)?;
    open_plaintext(&plaintext, trust, response, signed_response.zip(signed), read)
}

/// Opens what an assertion was decrypted to, a document of its own. `signed` are the response and the ciphertext in it,
/// when a signature covers them.
pub(super) fn open_plaintext<T>(
    plaintext: &str,
    trust: &Trust<'_>,
    response: Element<'_>,
    signed: Option<(VerifiedElement<'_>, VerifiedElement<'_>)>,
    read: impl FnOnce(Opened<'_>) -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    let source = Source::new(plaintext, trust.limits)?;
    let document = Document::parse(&source, Kind::Assertion)?;
    let assertion = document.root()?;
    let covered = cover(&document, &[assertion], trust)?;
    let signed_response = signed.map(|(response, _)| response);
    let assertion = match signed {
        Some((_, ciphertext)) => VerifiedElement::decrypted(ciphertext, assertion),
        None => covered.get(assertion).ok_or(LoginErrorKind::SamlSignatureMissing)?,
    };
    read(Opened { response, signed_response, assertion, was_encrypted: true })
}

/// Opens a document whose root must be signed: a logout message by POST, metadata with a key given. Of `trust`, the
/// decryption keys and whether to encrypt say nothing here.
///
/// # Errors
/// As [`open_response`].
pub(crate) fn open_signed<T>(
    text: &str,
    kind: Kind,
    trust: &Trust<'_>,
    read: impl FnOnce(VerifiedElement<'_>) -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    let source = Source::new(text, trust.limits)?;
    let document = Document::parse(&source, kind)?;
    let root = document.root()?;
    let covered = cover(&document, &[root], trust)?;
    read(covered.get(root).ok_or(LoginErrorKind::SamlSignatureMissing)?)
}

/// Reads a document that something else vouches for: a detached signature that was verified before (Redirect binding),
/// metadata from the administrator's own file. Signatures in it are not looked at.
///
/// # Errors
/// Every kind of design §8, checks 1 to 3, and `read`'s own.
pub(crate) fn read_unsigned<T>(
    text: &str,
    kind: Kind,
    limits: Limits,
    read: impl FnOnce(Element<'_>) -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    let source = Source::new(text, limits)?;
    let document = Document::parse(&source, kind)?;
    read(document.root()?)
}
