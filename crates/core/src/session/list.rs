//! Lists of SSO sessions, in pages.

use std::sync::Arc;

use crate::{
    id::{AccountId, OrgId},
    session::{session_id::SessionId, sso_session::SsoSession},
};

/// A request to a session store for one page of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionList {
    /// Which sessions to list.
    pub of: SessionsOf,
    /// The [`next`](SessionPage::next) cursor of the previous page, or `None` for the first page.
    pub after: Option<SessionCursor>,
    /// The maximum number of sessions in the page. 0 counts as 1. A store may return fewer than
    /// asked for, but at least 100 if there are as many.
    pub limit: usize,
}

impl SessionList {
    /// Returns a request for the first page, with at most `limit` sessions.
    #[must_use]
    pub fn new(of: SessionsOf, limit: usize) -> Self {
        Self { of, after: None, limit }
    }

    /// Asks for the page after this cursor, or for the first page if there is no cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<SessionCursor>) -> Self {
        self.after = cursor;
        self
    }
}

/// Which sessions to list. Later versions may add kinds: a store that receives a kind that it does not know must return
/// `Err`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionsOf {
    /// The session with this id.
    Session(SessionId),
    /// The sessions of one account, in every organization.
    Account(AccountId),
    /// The sessions of one account in one organization.
    Member(OrgId, AccountId),
    /// The sessions of one organization.
    Organization(OrgId),
    /// The sessions of one organization that have this [`subject`](SsoSession::subject), the provider's identifier of
    /// the user, in any scope.
    Subject(OrgId, String),
    /// The sessions of one organization that have this [`idp_session`](SsoSession::idp_session), in any scope.
    IdpSession(OrgId, String),
    /// A kind that no store knows. The conformance suite sends it, in the place of the kinds of later versions: a store
    /// answers it with `Err`. It covers nothing.
    #[doc(hidden)]
    Reserved,
}

impl SessionsOf {
    /// Returns whether the list includes the session.
    #[must_use]
    pub fn covers(&self, session: &SsoSession) -> bool {
        match self {
            Self::Session(id) => *id == session.id,
            Self::Account(account) => *account == session.account,
            Self::Member(organization, account) => {
                *organization == session.organization && *account == session.account
            }
            Self::Organization(organization) => *organization == session.organization,
            Self::Subject(organization, subject) => {
                *organization == session.organization && *subject == session.subject
            }
            Self::IdpSession(organization, id) => {
                *organization == session.organization && session.idp_session.as_ref() == Some(id)
            }
            Self::Reserved => false,
        }
    }
}

/// A page of a list. It can hold fewer sessions than requested, or be empty, and still not be the last page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions in this page.
    pub sessions: Vec<Arc<SsoSession>>,
    /// The position where the next page begins, or `None` if this is the last page.
    pub next: Option<SessionCursor>,
}

impl SessionPage {
    /// Returns a page with these sessions, and the position where the next page begins.
    #[must_use]
    pub fn new(sessions: Vec<Arc<SsoSession>>, next: Option<SessionCursor>) -> Self {
        Self { sessions, next }
    }
}

/// A position in a list. Only the store that returned it knows its format: take the cursor from a page and pass it back
/// unchanged. It can be sent to the visitor's browser and back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionCursor(String);

impl SessionCursor {
    /// Makes a cursor from text that [`as_str`](Self::as_str) returned.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the cursor as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
