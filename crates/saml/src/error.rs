//! The errors of this crate: why a message of a SAML provider, or its metadata, is refused.
//!
//! Each error has a kind, which says which check failed, and may have a detail. The detail says what was found and what
//! was expected. It is for the operator only and never contains a secret, a code or a token.

use std::fmt;

use tower_sso_core::{LookupError, internal::one_line};

/// Each thing that can be wrong with a message or with metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A lookup at the host or a store failed or was late.
    LookupFailed,
    /// A parameter of the callback occurs twice (RFC 6749 §3.1).
    ParameterRepeated,
    /// An address of the provider is neither `https` nor `http` on loopback; or it is `http` on loopback, but the
    /// provider that names it is not on loopback itself.
    ProviderAddressInsecure,
    /// `acr` is not one of the values asked for (OpenID Connect Core §3.1.3.7 (12)).
    ContextClassWrong,
    /// The SSO login at the provider is older than what was asked for (OpenID Connect Core §3.1.3.7 (13)).
    AuthTimeTooOld,
    /// The `SAMLResponse`, the `SAMLRequest` or the metadata is missing, or is not base64, not DEFLATE or not UTF-8
    /// (SAML bindings §3.4, §3.5).
    SamlEncodingInvalid,
    /// A SAML document is larger than the connection allows.
    SamlTooLarge,
    /// A SAML document is nested too deeply, or an element has too many attributes.
    SamlTooComplex,
    /// A SAML document contains a document type declaration.
    SamlDoctype,
    /// A SAML document contains a processing instruction.
    SamlProcessingInstruction,
    /// An attribute value of a SAML document contains a raw tab or line feed, which XML parsers read differently.
    SamlAttributeWhitespace,
    /// A SAML document is not well-formed XML with namespaces, or a namespace is a relative URI.
    SamlXmlInvalid,
    /// The root of a SAML document is not the expected element; or the root or the assertion is not of version 2.0
    /// (SAML core §2.3.3, §3.2).
    SamlRootWrong,
    /// A SAML document contains an element in a place where no element of that name is allowed.
    SamlElementUnexpected,
    /// A response contains no assertion, or more than one.
    SamlAssertionCount,
    /// Two elements of a SAML document have the same ID, or an ID is missing.
    SamlIdInvalid,
    /// An element that contains text also contains something else.
    SamlTextMixed,
    /// A signature does not have the only structure that is accepted (SAML core §5.4).
    SamlSignatureShape,
    /// A signature is in a place where no signature is allowed.
    SamlSignatureMisplaced,
    /// A signature uses an algorithm that is not allowed.
    SamlAlgorithmRefused,
    /// No signature covers the part that must be signed.
    SamlSignatureMissing,
    /// A signature is not valid under any certificate of the connection.
    SamlSignatureInvalid,
    /// An assertion is encrypted in a way that is not allowed, or is not encrypted although it must be.
    SamlEncryptionRefused,
    /// An assertion could not be decrypted.
    SamlDecryptionFailed,
    /// The provider answered with a status that is not success (SAML core §3.2.2).
    SamlStatusFailed,
    /// The Issuer of the assertion or of the response is missing or wrong (SAML profiles §4.1.4.2).
    SamlIssuerWrong,
    /// The Destination is missing or is not our address (SAML bindings §3.5.5.2).
    SamlDestinationWrong,
    /// There is no audience restriction, or it does not name our entity ID (SAML core §2.5.1.4).
    SamlAudienceWrong,
    /// No bearer confirmation meets all of the requirements (SAML profiles §4.1.4.2, §4.1.4.3).
    SamlConfirmationWrong,
    /// `InResponseTo` is missing, or names another request (SAML core §3.2.2).
    SamlInResponseToWrong,
    /// The conditions are malformed, or one is unknown (SAML core §2.5.1).
    SamlConditionInvalid,
    /// The assertion's `NotOnOrAfter` is in the past (SAML core §2.5.1.2).
    SamlExpired,
    /// The assertion's `NotBefore` is in the future (SAML core §2.5.1.2).
    SamlNotYetValid,
    /// `IssueInstant` is missing, malformed, in the future or too far in the past (SAML core §2.3.3).
    SamlIssueInstantWrong,
    /// The assertion has no usable `AuthnStatement` (SAML profiles §4.1.4.2).
    SamlAuthnStatementInvalid,
    /// The provider's own session has ended: `SessionNotOnOrAfter` (SAML core §2.7.2).
    SamlSessionOver,
    /// The NameID is missing, is malformed, or has a format that can't identify a person (SAML core §8.3).
    SamlNameIdInvalid,
    /// An attribute statement is malformed (SAML core §2.7.3).
    SamlAttributeInvalid,
    /// The response is unsolicited, and the connection does not accept unsolicited responses (SAML profiles §4.1.5).
    SamlUnsolicited,
    /// The provider's metadata does not contain what it must contain, or is out of date.
    SamlMetadataInvalid,
    /// A logout message is malformed, or does not answer a request of ours (SAML profiles §4.4).
    SamlLogoutInvalid,
}

/// Why something was refused: a kind, and a detail that only the operator may see.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: Option<String>,
}

impl Error {
    /// Creates an error without a detail.
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, detail: None }
    }

    /// Creates an error with a sentence for the operator. The sentence must never contain a secret, a code or a token.
    pub(crate) fn with(kind: ErrorKind, detail: impl fmt::Display) -> Self {
        Self { detail: Some(one_line(&detail.to_string())), ..Self::new(kind) }
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the cause, for the operator only. It has at most 500 characters.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Self::with(ErrorKind::LookupFailed, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{:?}: {detail}", self.kind),
            None => write!(f, "{:?}", self.kind),
        }
    }
}

impl std::error::Error for Error {}

/// Returns the error for content that is refused before any decryption is tried.
pub(crate) fn refused(what: impl std::fmt::Display) -> Error {
    Error::with(ErrorKind::SamlEncryptionRefused, what)
}
