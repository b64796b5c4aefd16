//! A step of an SSO login that failed, with what its page and its audit event need.

use tower_sso_core::{AccountId, LookupError, ReturnPath};

use crate::error::{
    kind::{Advice, LoginErrorKind},
    login_error::LoginError,
};

/// Why a step failed, and for whom.
#[derive(Debug)]
pub(crate) struct LoginFailure {
    pub(crate) error: LoginError,
    /// Boxed, because most results are no failures.
    pub(crate) context: Box<FailureContext>,
}

/// For whom a step failed, and what the page shows. The page makes no lookups: what it may show is here.
#[derive(Clone, Debug)]
pub(crate) struct FailureContext {
    /// The account whose SSO login failed, if it is known.
    pub(crate) account: Option<AccountId>,
    /// The organization's name, if the visitor may see it: because the visitor is signed in and a member.
    pub(crate) organization_name: Option<String>,
    /// The page to which the SSO login leads, if it is known.
    pub(crate) return_to: Option<ReturnPath>,
    pub(crate) next: NextStep,
}

/// What the page of a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// The start page, to try again.
    Start,
    /// Nothing: the start page would only refuse the visitor again.
    Nothing,
    /// The page to which the logout leads. The SSO session has ended here, and only telling the provider failed.
    #[cfg_attr(not(feature = "saml"), allow(dead_code))] // Only SAML has a logout.
    AfterLogout,
}

impl LoginFailure {
    pub(crate) fn kind(&self) -> LoginErrorKind {
        self.error.kind()
    }

    /// Returns what the visitor is told.
    pub(crate) fn advice(&self) -> Advice {
        match self.context.next {
            NextStep::AfterLogout => Advice::EndedHere,
            NextStep::Start | NextStep::Nothing => self.error.advice(),
        }
    }

    /// Sets the account whose SSO login failed.
    pub(crate) fn of(mut self, account: &AccountId) -> Self {
        self.context.account = Some(account.clone());
        self
    }

    /// Lets the page name the organization.
    pub(crate) fn naming(mut self, organization: &str) -> Self {
        self.context.organization_name = Some(organization.to_owned());
        self
    }

    /// Sets the page to which the SSO login leads.
    pub(crate) fn returning_to(mut self, path: &ReturnPath) -> Self {
        self.context.return_to = Some(path.clone());
        self
    }

    /// Forgets the page to which the SSO login leads.
    pub(crate) fn without_return_path(mut self) -> Self {
        self.context.return_to = None;
        self
    }

    /// Sets what the page leads to.
    pub(crate) fn then(mut self, next: NextStep) -> Self {
        self.context.next = next;
        self
    }
}

impl From<LoginError> for LoginFailure {
    fn from(error: LoginError) -> Self {
        let context =
            FailureContext { account: None, organization_name: None, return_to: None, next: NextStep::Start };
        Self { error, context: Box::new(context) }
    }
}

impl From<LoginErrorKind> for LoginFailure {
    fn from(kind: LoginErrorKind) -> Self {
        LoginError::from(kind).into()
    }
}

impl From<LookupError> for LoginFailure {
    fn from(error: LookupError) -> Self {
        LoginError::from(error).into()
    }
}

/// Adds to a failure what its page needs.
pub(crate) trait OrFailure<T> {
    /// Sets the account whose SSO login failed.
    fn of(self, account: &AccountId) -> Result<T, LoginFailure>;
    /// Lets the page name the organization.
    fn naming(self, organization: &str) -> Result<T, LoginFailure>;
    /// Sets the page to which the SSO login leads.
    fn returning_to(self, path: &ReturnPath) -> Result<T, LoginFailure>;
    /// Sets what the page leads to.
    fn then_lead_to(self, next: NextStep) -> Result<T, LoginFailure>;
}

impl<T, E: Into<LoginFailure>> OrFailure<T> for Result<T, E> {
    fn of(self, account: &AccountId) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().of(account))
    }

    fn naming(self, organization: &str) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().naming(organization))
    }

    fn returning_to(self, path: &ReturnPath) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().returning_to(path))
    }

    fn then_lead_to(self, next: NextStep) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().then(next))
    }
}
