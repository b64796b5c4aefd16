//! [`LoginError`]: why an SSO login was refused.

use std::{error::Error as StdError, fmt};

use tower_sso_core::{LookupError, internal::one_line};

use crate::error::kind::{Advice, LoginErrorKind};

/// Says why an SSO login was refused. It has a kind, and a detail that only the operator may see.
#[derive(Debug)]
pub struct LoginError {
    kind: LoginErrorKind,
    detail: Option<String>,
    try_later: bool,
}

impl LoginError {
    /// Creates an error without a detail.
    pub(crate) fn new(kind: LoginErrorKind) -> Self {
        Self { kind, detail: None, try_later: false }
    }

    /// Creates an error with a sentence for the operator. The sentence must never contain a secret, a code or a
    /// token.
    pub(crate) fn with(kind: LoginErrorKind, detail: impl fmt::Display) -> Self {
        Self { detail: Some(one_line(&detail.to_string())), ..Self::new(kind) }
    }

    /// Adds a sentence for the operator.
    pub(crate) fn with_note(self, also: impl fmt::Display) -> Self {
        let detail = match &self.detail {
            Some(detail) => format!("{detail}; {also}"),
            None => also.to_string(),
        };
        Self { detail: Some(one_line(&detail)), ..self }
    }

    /// Records that newer keys of the provider could not be fetched. The signature might have been valid under those
    /// keys. The kind does not change. The detail tells the operator why, and the visitor is told to try later if
    /// that may help.
    pub(crate) fn without_newer_keys(self, failed: &Self) -> Self {
        let try_later = failed.advice() == Advice::TryLater;
        Self { try_later, ..self.with_note(format!("newer keys could not be fetched: {failed}")) }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> LoginErrorKind {
        self.kind
    }

    /// Returns what the visitor is told. It is the kind's advice, unless newer keys of the provider could not be
    /// fetched.
    pub(crate) fn advice(&self) -> Advice {
        if self.try_later { Advice::TryLater } else { self.kind.advice() }
    }

    /// Returns the cause, for the operator only. It has at most 500 characters.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl From<crate::sso_error::Error> for LoginError {
    fn from(error: crate::sso_error::Error) -> Self {
        Self::from(LookupError::from(error))
    }
}

impl From<LookupError> for LoginError {
    fn from(error: LookupError) -> Self {
        Self::with(LoginErrorKind::LookupFailed, error)
    }
}

impl From<LoginErrorKind> for LoginError {
    fn from(kind: LoginErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl StdError for LoginError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_unique_name_and_an_error_status() {
        let names: std::collections::HashSet<_> =
            LoginErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), LoginErrorKind::ALL.len());
        for kind in LoginErrorKind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
        }
    }

    #[test]
    fn a_long_detail_is_cut_between_characters() {
        let error = LoginError::with(LoginErrorKind::ProviderError, "ä".repeat(2000));
        assert_eq!(error.detail().map(|detail| detail.chars().count()), Some(500));
    }
}
