//! Why a request to a provider failed.

use std::fmt;

use tower_sso_core::internal::one_line;

/// The ways in which a request to a provider can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The provider could not be reached.
    Unreachable,
    /// The provider was too slow.
    Timeout,
    /// The provider's response is too large.
    ///
    /// The limit is [`Limits::body`](crate::Limits::body).
    AnswerTooLarge,
    /// The provider responded with a redirect.
    ///
    /// A redirect could lead the client's secret, or the request itself, to another address.
    Redirected,
    /// An address of the provider is neither `https` nor `http` on loopback; or it is `http` on loopback, but the
    /// provider that names it is not on loopback itself.
    AddressInsecure,
    /// An address of the provider is a private address.
    AddressPrivate,
}

/// Why something was refused: a kind, and a detail that only the operator may see.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: String,
}

impl Error {
    /// Creates an error with a sentence for the operator. The sentence must never contain a secret, a code or a token.
    pub fn with(kind: ErrorKind, detail: impl fmt::Display) -> Self {
        Self { kind, detail: one_line(&detail.to_string()) }
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the cause, for the operator only. It has at most 500 characters.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

impl std::error::Error for Error {}
