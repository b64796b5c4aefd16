//! The two kinds of error: what the operator mends ([`ConfigError`]) and what a visitor meets ([`LoginError`]).

mod kind;

use std::{error::Error as StdError, fmt};

pub use self::kind::{Advice, LoginErrorKind};
use crate::{AccountId, LookupError};

/// A setting that can't be used. Says where it stands, what was expected, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    organization: Option<String>,
    field: String,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { organization: None, field: field.into(), problem: problem.into() }
    }

    /// Names the organization whose connection it is.
    pub(crate) fn of(mut self, organization: &str) -> Self {
        self.organization = Some(organization.to_owned());
        self
    }

    /// The organization whose connection it is, if it is one's.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The path of the setting, such as `oidc.issuer`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What was wrong, and what was expected.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(organization) = &self.organization {
            write!(f, "organization {organization:?}: ")?;
        }
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl StdError for ConfigError {}

/// Why an SSO login was refused: a kind, and for the operator alone what was behind it.
#[derive(Debug)]
pub struct LoginError {
    kind: LoginErrorKind,
    detail: Option<String>,
    account: Option<Box<AccountId>>,
    shown: Option<String>,
    ended_here: bool,
    dead_end: bool,
    try_later: bool,
}

impl LoginError {
    /// An error whose kind says it all.
    pub(crate) fn new(kind: LoginErrorKind) -> Self {
        Self {
            kind,
            detail: None,
            account: None,
            shown: None,
            ended_here: false,
            dead_end: false,
            try_later: false,
        }
    }

    /// An error with a sentence for the operator. Never a secret, a code or a token.
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

    /// Records that newer keys of the provider, under which the signature might have been valid, could not be fetched. The
    /// kind does not change. The operator reads why in the detail, and the visitor is told to try later if that may help.
    pub(crate) fn without_newer_keys(self, failed: &Self) -> Self {
        let try_later = failed.advice() == Advice::TryLater;
        Self { try_later, ..self.with_note(format!("newer keys could not be fetched: {failed}")) }
    }

    /// Names the account whose SSO login it was.
    pub(crate) fn of(self, account: &AccountId) -> Self {
        Self { account: Some(Box::new(account.clone())), ..self }
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> LoginErrorKind {
        self.kind
    }

    /// The visitor is signed in and a member: the page may name the organization.
    pub(crate) fn showing(self, organization: &str) -> Self {
        Self { shown: Some(organization.to_owned()), ..self }
    }

    /// It went wrong after the visitor's SSO session had ended here, in telling the provider.
    #[cfg(feature = "saml")]
    pub(crate) fn ended_here(self) -> Self {
        Self { ended_here: true, ..self }
    }

    /// What the visitor is told: the kind's advice, unless the session has ended here, or newer keys of the provider could
    /// not be fetched.
    pub(crate) fn advice(&self) -> Advice {
        match (self.ended_here, self.try_later) {
            (true, _) => Advice::EndedHere,
            (false, true) => Advice::TryLater,
            (false, false) => self.kind.advice(),
        }
    }

    /// The SSO login began by a join link: the page leads to no start page, which would only refuse.
    pub(crate) fn dead_end(self) -> Self {
        Self { dead_end: true, ..self }
    }

    /// Whether the page leads nowhere.
    pub(crate) fn is_dead_end(&self) -> bool {
        self.dead_end
    }

    /// The organization's name, if the visitor may see it.
    pub(crate) fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// The account whose SSO login it was, where that was known.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_deref()
    }

    /// What was behind it, for the operator. At most 500 characters.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

/// What a peer said may stand in it: one line, and no more than a log can bear.
fn one_line(detail: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    detail.chars().take(500).map(printable).collect()
}

impl From<crate::Error> for LoginError {
    fn from(error: crate::Error) -> Self {
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
    fn every_kind_has_a_name_of_its_own_and_an_error_status() {
        let names: std::collections::HashSet<_> =
            LoginErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), LoginErrorKind::ALL.len());
        for kind in LoginErrorKind::ALL {
            assert!(kind.status().is_client_error() || kind.status().is_server_error(), "{kind:?}");
        }
    }

    #[test]
    fn a_detail_is_cut_at_a_character() {
        let error = LoginError::with(LoginErrorKind::ProviderError, "ä".repeat(2000));
        assert_eq!(error.detail().map(|detail| detail.chars().count()), Some(500));
    }

    #[test]
    fn a_configuration_error_says_where() {
        let error = ConfigError::new("oidc.issuer", "expected an https URL, found \"x\"").of("acme");
        assert_eq!(
            error.to_string(),
            "organization \"acme\": oidc.issuer: expected an https URL, found \"x\""
        );
    }
}
