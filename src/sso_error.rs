//! The error of the methods of `Sso`.

use std::{error::Error as StdError, fmt};

use tower_sso_core::LookupError;

/// Why a call of [`Sso`](crate::Sso) failed: the app or a store could not answer. Treat nothing that you asked for as
/// done; call again.
///
/// It is a [`std::error::Error`], so `?` works in handlers and with error libraries. It is for operators, never for
/// visitors.
#[derive(Debug)]
pub struct Error(LookupError);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source().source()
    }
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Self(error)
    }
}
