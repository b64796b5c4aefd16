//! What keeps SSO sessions.

use std::{sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize};

use super::{LinkScope, SessionList, SessionPage, SsoSession};
use crate::{AccountId, Credential, Lookup, OrgId, identity::Protocol};

/// Keeps SSO sessions. Insert, find, list, revoke: a session never changes, so no update can be lost.
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session, unless a revocation that covers it came at or after its
    /// [`begun_at`](SsoSession::begun_at). One that began longer ago than marks stay may be refused too: the store can't
    /// tell any more. May end expired and older sessions to make room.
    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome>;

    /// Whether [`insert`](SessionStore::insert) would answer [`InsertOutcome::Revoked`] now. Asked before an SSO login changes
    /// anything; what is revoked after that, `insert` still refuses.
    fn revoked(&self, session: &SsoSession) -> Lookup<bool>;

    /// The newest unrevoked session under this key, expired or not: the caller judges.
    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>>;

    /// The sessions in scope that [`find`](SessionStore::find) answers under their own key, expired or not, those that
    /// were inserted last first. What is inserted while a list is read stands on none of its later pages, and nothing
    /// stands on two. A cursor that no page of this store had begins an empty page.
    fn list(&self, list: &SessionList) -> Lookup<SessionPage>;

    /// Ends the sessions in scope and leaves a mark that refuses those whose SSO login is still under way. Answers what
    /// was ended, in the same step: nothing is ended that is not in the answer. `Err` when there is no room for the
    /// mark.
    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome>;
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

impl SsoSession {
    /// What it is found by.
    pub(crate) fn key(&self) -> SessionKey<'_> {
        SessionKey { credential: &self.credential, organization: &self.organization, account: &self.account }
    }
}

/// What became of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsertOutcome {
    /// It is stored.
    Stored,
    /// A revocation came while the SSO login was under way: it is not.
    Revoked,
}

/// What a revocation ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevokeOutcome {
    /// How many sessions.
    pub count: usize,
    /// The sessions themselves, in any order, if the scope [names them](RevocationScope::names_sessions): of
    /// [`RevocationScope::Idp`] the app is told by [`Directory::logged_out`](crate::Directory::logged_out), and the audit
    /// log has whose they were and of which organization. None of a whole organization.
    pub sessions: Vec<Arc<SsoSession>>,
}

/// An end put to sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Which.
    #[serde(rename = "scope")]
    pub scope: RevocationScope,
    /// When.
    #[serde(rename = "at", with = "crate::time::millis")]
    pub at: SystemTime,
    /// How long the mark stays: until every SSO login begun before `at` is over.
    #[serde(rename = "mark_until", with = "crate::time::millis")]
    pub mark_until: SystemTime,
}

/// Which sessions a revocation ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RevocationScope {
    /// Those of one credential: the host's sign-out, or the end of a token.
    #[serde(rename = "Credential")]
    Credential(Credential),
    /// Those under one [`SessionKey`]: of one credential in one organization. See
    /// [`Sso::end_session`](crate::Sso::end_session).
    #[serde(rename = "Session")]
    Session {
        /// The credential.
        #[serde(rename = "credential")]
        credential: Credential,
        /// The organization.
        #[serde(rename = "organization")]
        organization: OrgId,
        /// The account.
        #[serde(rename = "account")]
        account: AccountId,
    },
    /// Those of one account, in every organization.
    #[serde(rename = "Account")]
    Account(AccountId),
    /// Those of one account in one organization.
    #[serde(rename = "Member")]
    Member(OrgId, AccountId),
    /// Those of one account that stand on an email address which is none of these: see
    /// [`Sso::emails_changed`](crate::Sso::emails_changed).
    #[serde(rename = "OtherEmails")]
    OtherEmails {
        /// The account.
        #[serde(rename = "account")]
        account: AccountId,
        /// Its email addresses, normalized, in order.
        #[serde(rename = "emails")]
        emails: Vec<String>,
    },
    /// Those of one organization.
    #[serde(rename = "Organization")]
    Organization(OrgId),
    /// Those of one user at the provider, or of one session of theirs there: the provider's logout.
    ///
    /// Of SAML sessions the second half of the scope, which holds the NameID's format, is not compared, unless the NameID
    /// is transient or an attribute is the subject: see [`covers`](RevocationScope::covers). So a store finds these
    /// sessions, and the marks that refuse one, by the organization and the subject or the provider's session, and asks
    /// `covers` about each.
    #[serde(rename = "Idp")]
    Idp {
        /// The organization whose provider it is.
        #[serde(rename = "organization")]
        organization: OrgId,
        /// What the subject is unique within, as the provider named it.
        #[serde(rename = "scope")]
        scope: LinkScope,
        /// The provider's own identifier of the user; none where the provider names the session alone.
        #[serde(rename = "subject")]
        subject: Option<String>,
        /// `sid`, or `SessionIndex`; none for all of the user's.
        #[serde(rename = "idp_session")]
        idp_session: Option<String>,
    },
}

impl RevocationScope {
    /// Whether the session is one of them.
    #[must_use]
    pub fn covers(&self, session: &SsoSession) -> bool {
        match self {
            Self::Credential(credential) => *credential == session.credential,
            Self::Session { credential, organization, account } => {
                *credential == session.credential
                    && *organization == session.organization
                    && *account == session.account
            }
            Self::Account(account) => *account == session.account,
            Self::Member(organization, account) => {
                *organization == session.organization && *account == session.account
            }
            Self::OtherEmails { account, emails } => {
                *account == session.account && !emails.contains(&session.email)
            }
            Self::Organization(organization) => *organization == session.organization,
            Self::Idp { organization, scope, subject, idp_session } => {
                *organization == session.organization
                    && match session.protocol {
                        Protocol::Oidc => *scope == session.scope,
                        Protocol::Saml => scope.is_same_user(&session.scope),
                    }
                    && (subject.is_some() || idp_session.is_some())
                    && subject.as_ref().is_none_or(|subject| *subject == session.subject)
                    && (idp_session.is_none() || *idp_session == session.idp_session)
            }
        }
    }

    /// Whether a store answers with the sessions that it ended: with all but a whole organization's.
    #[must_use]
    pub fn names_sessions(&self) -> bool {
        match self {
            Self::Credential(_)
            | Self::Session { .. }
            | Self::Account(_)
            | Self::Member(..)
            | Self::OtherEmails { .. }
            | Self::Idp { .. } => true,
            Self::Organization(_) => false,
        }
    }

    /// The stable name of the kind of scope.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Credential(_) => "credential",
            Self::Session { .. } => "session",
            Self::Account(_) => "account",
            Self::Member(..) => "member",
            Self::OtherEmails { .. } => "other_emails",
            Self::Organization(_) => "organization",
            Self::Idp { .. } => "idp_session",
        }
    }
}
