//! What keeps SSO sessions.

use std::{sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize};

use super::{LinkScope, SsoSession};
use crate::{AccountId, Credential, Lookup, OrgId};

/// Keeps SSO sessions. Insert, find, revoke: a session never changes, so no update can be lost.
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session, unless a revocation that covers it came at or after its
    /// [`begun_at`](SsoSession::begun_at). One that began longer ago than marks stay may be refused too: the store can't
    /// tell any more. May end expired and older sessions to make room.
    fn insert(&self, session: Arc<SsoSession>) -> Lookup<Inserted>;

    /// Whether [`insert`](SessionStore::insert) would answer [`Inserted::Revoked`] now. Asked before a sign-on changes
    /// anything; what is revoked after that, `insert` still refuses.
    fn revoked(&self, session: &SsoSession) -> Lookup<bool>;

    /// The newest unrevoked session under this key, expired or not: the caller judges.
    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>>;

    /// Ends the sessions in scope and leaves a mark that refuses those whose sign-on is still under way. Answers how
    /// many were ended; `Err` when there is no room for the mark.
    fn revoke(&self, revocation: &Revocation) -> Lookup<usize>;
}

/// What a session is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey<'a> {
    /// The credential, its kind included.
    pub credential: &'a Credential,
    /// The organization.
    pub organization: &'a OrgId,
    /// The account.
    pub account: &'a AccountId,
}

/// What became of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inserted {
    /// It is stored.
    Stored,
    /// A revocation came while the sign-on was under way: it is not.
    Revoked,
}

/// An end put to sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Which.
    pub scope: RevocationScope,
    /// When.
    #[serde(with = "crate::time::millis")]
    pub at: SystemTime,
    /// How long the mark stays: until every sign-on begun before `at` is over.
    #[serde(with = "crate::time::millis")]
    pub mark_until: SystemTime,
}

/// Which sessions a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RevocationScope {
    /// Those of one credential: the host's sign-out, or the end of a token.
    Credential(Credential),
    /// Those of one account, in every organization.
    Account(AccountId),
    /// Those of one account in one organization.
    Member(OrgId, AccountId),
    /// Those of one organization.
    Organization(OrgId),
    /// Those of one user at the provider, or of one session of theirs there: the provider's sign-out.
    Idp {
        /// The organization whose provider it is.
        organization: OrgId,
        /// What the subject is unique within.
        scope: LinkScope,
        /// The provider's own identifier of the user; none where the provider names the session alone.
        subject: Option<String>,
        /// `sid`, or `SessionIndex`; none for all of the user's.
        idp_session: Option<String>,
    },
}

impl RevocationScope {
    /// Whether the session is one of them.
    #[must_use]
    pub fn covers(&self, session: &SsoSession) -> bool {
        match self {
            Self::Credential(credential) => *credential == session.credential,
            Self::Account(account) => *account == session.account,
            Self::Member(organization, account) => {
                *organization == session.organization && *account == session.account
            }
            Self::Organization(organization) => *organization == session.organization,
            Self::Idp { organization, scope, subject, idp_session } => {
                *organization == session.organization
                    && *scope == session.scope
                    && (subject.is_some() || idp_session.is_some())
                    && subject.as_ref().is_none_or(|subject| *subject == session.subject)
                    && (idp_session.is_none() || *idp_session == session.idp_session)
            }
        }
    }

    /// The stable name of the kind of scope.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Credential(_) => "credential",
            Self::Account(_) => "account",
            Self::Member(..) => "member",
            Self::Organization(_) => "organization",
            Self::Idp { .. } => "idp_session",
        }
    }
}
