//! Lists of SSO sessions, page by page.

use std::sync::Arc;

use super::{SessionId, SsoSession};
use crate::{AccountId, OrgId};

/// What a session store is asked to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionList {
    /// Which sessions.
    pub of: SessionsOf,
    /// The [`next`](SessionPage::next) of the page before; none for the first.
    pub after: Option<SessionCursor>,
    /// How many a page holds at most; at least one, and a store may stop at 1000.
    pub limit: usize,
}

/// Which sessions a list holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionsOf {
    /// The one with this id.
    Session(SessionId),
    /// Those of one account, in every organization.
    Account(AccountId),
    /// Those of one account in one organization.
    Member(OrgId, AccountId),
    /// Those of one organization.
    Organization(OrgId),
    /// Those of one organization whose user the provider knows by this [`subject`](SsoSession::subject), in any scope.
    Subject(OrgId, String),
    /// Those of one organization that have this [`idp_session`](SsoSession::idp_session), in any scope.
    IdpSession(OrgId, String),
}

impl SessionsOf {
    /// Whether the session is one of them.
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
        }
    }
}

/// A page of a list. It may hold fewer than were asked for, even none, and still not be the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<Arc<SsoSession>>,
    /// Where the next page begins; none after the last.
    pub next: Option<SessionCursor>,
}

/// A place in a list. The store's own: take it from a page, through the visitor's browser if need be, and hand it back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionCursor(String);

impl SessionCursor {
    /// A cursor as a text that came back.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
