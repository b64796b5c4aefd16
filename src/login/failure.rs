//! A step of an SSO login that failed, with what its page and its audit event need.
//!
//! A function that fails returns a [`LoginError`]. Its callers add what they know on the way up, with the methods of
//! [`OrFailure`]: `lookup(…).await.for_account(&account).returning_to(&path)?`. The page makes no lookups.

use tower_sso_core::{AccountId, LookupError};

use crate::{
    error::{
        kind::{Advice, LoginErrorKind},
        login_error::LoginError,
    },
    return_to::ReturnTo,
};

/// Why a step failed, and for whom.
#[derive(Debug)]
pub(crate) struct LoginFailure {
    pub(crate) error: LoginError,
    /// Boxed to keep results small: most of them are not failures.
    pub(crate) context: Box<FailureContext>,
}

/// For whom a step failed, and what its page may show.
#[derive(Clone, Debug)]
pub(crate) struct FailureContext {
    /// The account whose SSO login failed, if it is known.
    pub(crate) account: Option<AccountId>,
    /// The organization's name. Only set if the visitor may see it: a member, or a person with a join link.
    pub(crate) organization_name: Option<String>,
    /// The page to which the SSO login leads, if it is known.
    pub(crate) return_to: Option<ReturnTo>,
    pub(crate) next: NextStep,
}

/// What the page of a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// The start page, to try again.
    Start,
    /// Nothing. The start page would refuse the visitor again.
    Nothing,
    /// The page to which a logout leads. The SSO session has ended here; only the provider could not be told.
    #[cfg_attr(not(feature = "saml"), allow(dead_code))] // Only SAML has a logout.
    AfterLogout,
}

impl LoginFailure {
    pub(crate) fn kind(&self) -> LoginErrorKind {
        self.error.kind()
    }

    /// Returns what the page tells the visitor to do.
    pub(crate) fn advice(&self) -> Advice {
        match self.context.next {
            NextStep::AfterLogout => Advice::EndedHere,
            NextStep::Start | NextStep::Nothing => self.error.advice(),
        }
    }

    /// Sets the account whose SSO login failed.
    pub(crate) fn for_account(mut self, account: &AccountId) -> Self {
        self.context.account = Some(account.clone());
        self
    }

    /// Lets the page name the organization.
    pub(crate) fn naming(mut self, organization: &str) -> Self {
        self.context.organization_name = Some(organization.to_owned());
        self
    }

    /// Sets the page to which the SSO login leads, unless that page is what was refused.
    pub(crate) fn returning_to(mut self, page: &ReturnTo) -> Self {
        if self.kind() != LoginErrorKind::ReturnPathInvalid {
            self.context.return_to = Some(page.clone());
        }
        self
    }

    /// Forgets the page to which the SSO login leads.
    pub(crate) fn without_return_path(mut self) -> Self {
        self.context.return_to = None;
        self
    }

    /// Sets what the page leads to.
    pub(crate) fn leading_to(mut self, next: NextStep) -> Self {
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
    fn for_account(self, account: &AccountId) -> Result<T, LoginFailure>;
    /// Lets the page name the organization.
    fn naming(self, organization: &str) -> Result<T, LoginFailure>;
    /// Sets the page to which the SSO login leads.
    fn returning_to(self, page: &ReturnTo) -> Result<T, LoginFailure>;
    /// Sets what the page leads to.
    fn leading_to(self, next: NextStep) -> Result<T, LoginFailure>;
}

impl<T, E: Into<LoginFailure>> OrFailure<T> for Result<T, E> {
    fn for_account(self, account: &AccountId) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().for_account(account))
    }

    fn naming(self, organization: &str) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().naming(organization))
    }

    fn returning_to(self, page: &ReturnTo) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().returning_to(page))
    }

    fn leading_to(self, next: NextStep) -> Result<T, LoginFailure> {
        self.map_err(|error| error.into().leading_to(next))
    }
}
