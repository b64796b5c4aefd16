//! Why an SSO login by OpenID Connect is refused.
//!
//! The kind is for programs: it says which check failed, and each check has one. The detail is for the operator: it
//! says what was found and what was expected. It contains text of the provider, made printable and shortened to 500
//! characters, and never a secret, a code or a token.

use std::fmt;

use tower_sso_core::{LookupError, internal::one_line};
use tower_sso_http::{NoNewerCopy, ReadError};

/// The kind of an error: which check or request failed.
///
/// The enum is exhaustive, so that an app that maps kinds to messages learns of a new one when it compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A lookup at the host or a store failed or was late.
    LookupFailed,
    /// The request is malformed: it is not a form, is not UTF-8, or is too large.
    RequestInvalid,
    /// The callback has no `state` (RFC 6749 §4.1.2).
    StateMissing,
    /// A parameter of the callback occurs twice (RFC 6749 §3.1).
    ParameterRepeated,
    /// The provider responded with `error=` (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
    ProviderError,
    /// The callback has no `code`.
    CodeMissing,
    /// The callback's `iss` is not the provider's (RFC 9207 §2.4).
    CallbackIssuerWrong,
    /// The callback has no `iss` although the provider advertises it (RFC 9207 §2.4).
    CallbackIssuerMissing,
    /// An address of the provider is neither `https` nor `http` on loopback; or it is `http` on loopback, but the
    /// provider that names it is not on loopback itself.
    ProviderAddressInsecure,
    /// The discovery document could not be fetched (OpenID Connect Discovery §4).
    DiscoveryFailed,
    /// The discovery document does not contain what it must contain.
    DiscoveryInvalid,
    /// The discovery document names another issuer (OpenID Connect Discovery §4.3).
    DiscoveryIssuerWrong,
    /// The provider's keys could not be fetched.
    KeysFailed,
    /// The provider's key set is malformed or has no usable key (RFC 7517).
    KeysInvalid,
    /// A pushed authorization request was refused (RFC 9126).
    PushedRequestRefused,
    /// The token endpoint refused the code (RFC 6749 §5.2).
    TokenRefused,
    /// The token endpoint failed.
    TokenFailed,
    /// The token endpoint's response is malformed (RFC 6749 §5.1).
    TokenAnswerInvalid,
    /// The token endpoint's response has no ID token.
    IdTokenMissing,
    /// A token is not a JWS in compact form, or its header or claims are not JSON (RFC 7515 §7.1).
    TokenMalformed,
    /// A token's `alg` is not allowed.
    AlgorithmRefused,
    /// A token's header has `crit` (RFC 7515 §4.1.11).
    CriticalHeader,
    /// A token's type is not the one expected (RFC 8725 §3.11).
    TokenTypeWrong,
    /// No key of the provider matches the token's `kid`.
    KeyUnknown,
    /// Several keys of the provider match the token.
    KeyAmbiguous,
    /// A key is too short: RSA needs 2048 bits.
    KeyTooWeak,
    /// A token's signature does not verify.
    SignatureInvalid,
    /// `iss` is missing or wrong (OpenID Connect Core §3.1.3.7 (2)).
    IssuerWrong,
    /// `aud` does not contain our client id, or contains others too (OpenID Connect Core §3.1.3.7 (3)).
    AudienceWrong,
    /// `azp` is not our client id (OpenID Connect Core §3.1.3.7 (5)).
    AuthorizedPartyWrong,
    /// `exp` is missing, malformed or in the past (OpenID Connect Core §3.1.3.7 (9)).
    TokenExpired,
    /// `iat` is missing, malformed, in the future or too far in the past (OpenID Connect Core §3.1.3.7 (10)).
    IssuedAtWrong,
    /// `nbf` is malformed or in the future (RFC 7519 §4.1.5).
    NotYetValid,
    /// `nonce` is missing or wrong (OpenID Connect Core §3.1.3.7 (11)).
    NonceWrong,
    /// `at_hash` is malformed or wrong (OpenID Connect Core §3.1.3.8).
    AccessTokenHashWrong,
    /// `sub` is missing, empty, malformed or longer than 255 characters (OpenID Connect Core §2).
    SubjectInvalid,
    /// `acr` is not one of the requested values (OpenID Connect Core §3.1.3.7 (12)).
    ContextClassWrong,
    /// `auth_time` is missing although a maximum age was requested (OpenID Connect Core §3.1.3.7 (13)).
    AuthTimeMissing,
    /// The user authenticated at the provider longer ago than was requested (OpenID Connect Core §3.1.3.7 (13)).
    AuthTimeTooOld,
    /// The userinfo endpoint failed or refused the request (OpenID Connect Core §5.3.3).
    UserinfoFailed,
    /// The userinfo response is malformed (OpenID Connect Core §5.3.2).
    UserinfoInvalid,
    /// The userinfo response is about another subject (OpenID Connect Core §5.3.4).
    UserinfoSubjectWrong,
    /// The provider's email address is malformed.
    EmailInvalid,
    /// A request to the provider failed.
    Http(tower_sso_http::ErrorKind),
}

/// Why something was refused: a kind, and a detail that only the operator may see.
///
/// ```
/// use tower_sso_oidc::{ErrorKind, OidcCallback};
///
/// let empty: [(std::borrow::Cow<str>, std::borrow::Cow<str>); 0] = [];
/// let error = OidcCallback::parse(empty).expect_err("refused");
/// assert_eq!(error.kind(), ErrorKind::StateMissing);
/// assert_eq!(error.to_string(), "StateMissing");
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: Option<String>,
    newer_keys: Option<NoNewerKeys>,
}

impl Error {
    /// Creates an error without a detail.
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self { kind, detail: None, newer_keys: None }
    }

    /// Creates an error with a sentence for the operator. The sentence must never contain a secret, a code or a token.
    pub fn with(kind: ErrorKind, detail: impl fmt::Display) -> Self {
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

    /// Returns why newer keys, which might have verified the signature, could not be obtained.
    pub fn newer_keys(&self) -> Option<&NoNewerKeys> {
        self.newer_keys.as_ref()
    }
}

/// Why newer keys could not be obtained.
#[derive(Clone, Debug)]
pub enum NoNewerKeys {
    /// They were requested a short while ago.
    RequestedRecently,
    /// They could not be fetched.
    Failed(Box<Error>),
}

impl From<ReadError<Error, Error>> for Error {
    fn from(error: ReadError<Error, Error>) -> Self {
        let (error, newer_keys) = match error {
            ReadError::NoCopy(error) | ReadError::Read(error, None) => return error,
            ReadError::Read(error, Some(NoNewerCopy::RequestedRecently)) => {
                (error, NoNewerKeys::RequestedRecently)
            }
            ReadError::Read(error, Some(NoNewerCopy::Failed(failed))) => {
                (error, NoNewerKeys::Failed(Box::new(failed)))
            }
        };
        Self { newer_keys: Some(newer_keys), ..error }
    }
}

impl From<tower_sso_http::Error> for Error {
    fn from(error: tower_sso_http::Error) -> Self {
        Self::with(ErrorKind::Http(error.kind()), error.detail())
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
