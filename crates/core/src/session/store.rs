//! The trait of stores for SSO sessions, and its types.

use std::{sync::Arc, time::SystemTime};

use crate::lookup::Lookup;
use serde::{Deserialize, Serialize};

use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
    protocol::Protocol,
    session::{
        links::LinkScope,
        list::{SessionList, SessionPage},
        sso_session::SsoSession,
    },
};

/// Stores SSO sessions. It can insert, find, list and revoke them. A session never changes, so no update can be lost.
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session, unless a revocation that covers it came at or after its [`begun_at`](SsoSession::begun_at).
    /// A session that began longer ago than marks are kept may be refused too, because the store can no longer tell.
    /// May end expired and older sessions to make room.
    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome>;

    /// Returns whether [`insert`](SessionStore::insert) would answer [`InsertOutcome::Revoked`] now. Called before an
    /// SSO login changes anything. `insert` still refuses a session that is revoked after this call.
    fn revoked(&self, session: &SsoSession) -> Lookup<bool>;

    /// Returns the newest session under this key that is not revoked, expired or not: the caller checks.
    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>>;

    /// Returns the sessions in scope that [`find`](SessionStore::find) returns under their own key, expired or not,
    /// the last inserted first. A session that is inserted while a list is read does not appear on its later
    /// pages, and no session appears on two pages. A cursor that is not from a page of this store gives an empty page.
    fn list(&self, list: &SessionList) -> Lookup<SessionPage>;

    /// Ends the sessions in scope and leaves a mark that refuses sessions whose SSO login is still in progress.
    /// Returns the sessions that ended, in the same atomic step: every session that ended is in the answer. Returns
    /// `Err` if there is no room for the mark.
    fn revoke(&self, revocation: &Revocation) -> Lookup<RevokeOutcome>;
}

/// The key that a session is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey<'a> {
    /// The credential, including its kind.
    pub credential: &'a Credential,
    /// The organization.
    pub organization: &'a OrgId,
    /// The account.
    pub account: &'a AccountId,
}

impl SsoSession {
    /// Returns the key that the session is found by.
    #[must_use]
    pub fn key(&self) -> SessionKey<'_> {
        SessionKey { credential: &self.credential, organization: &self.organization, account: &self.account }
    }
}

/// The result of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InsertOutcome {
    /// The session is stored.
    Stored,
    /// A revocation came while the SSO login was in progress. The session is not stored.
    Revoked,
}

/// The result of a revocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokeOutcome {
    /// How many sessions ended.
    pub count: usize,
    /// The sessions that ended, in any order, if the scope [names them](RevocationScope::names_sessions); empty for a
    /// whole organization. For [`RevocationScope::Idp`] the app is told about them by
    /// the app (`LogoutHandler::logged_out` of tower-sso). The audit log records their accounts and
    /// organizations.
    pub sessions: Vec<Arc<SsoSession>>,
}

impl RevokeOutcome {
    /// Returns an outcome: how many sessions ended, and which, if the scope names them.
    #[must_use]
    pub fn new(count: usize, sessions: Vec<Arc<SsoSession>>) -> Self {
        Self { count, sessions }
    }
}

/// A revocation: ends sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revocation {
    /// Which sessions to end.
    #[serde(rename = "scope")]
    pub scope: RevocationScope,
    /// When the revocation was made.
    #[serde(rename = "at", with = "crate::time::millis")]
    pub at: SystemTime,
    /// How long the mark is kept: until every SSO login that began before `at` has expired.
    #[serde(rename = "mark_until", with = "crate::time::millis")]
    pub mark_until: SystemTime,
}

impl Revocation {
    /// Returns a revocation that was made at `at`, and whose mark is kept until `mark_until`.
    #[must_use]
    pub fn new(scope: RevocationScope, at: SystemTime, mark_until: SystemTime) -> Self {
        Self { scope, at, mark_until }
    }
}

/// Which sessions a revocation ends. More scopes may come: a store that meets a scope which it does not know must answer
/// with an error, never with "nothing to end".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RevocationScope {
    /// The sessions of one credential: the app signed out a session or deleted a token.
    #[serde(rename = "Credential")]
    Credential(Credential),
    /// The sessions under one [`SessionKey`]: those of one credential in one organization. See
    /// `Sso::end_session`.
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
    /// The sessions of one account, in every organization.
    #[serde(rename = "Account")]
    Account(AccountId),
    /// The sessions of one account in one organization.
    #[serde(rename = "Member")]
    Member(OrgId, AccountId),
    /// The sessions of one account whose SSO login matched an email address that is not in this list: see
    /// `Sso::emails_changed`.
    #[serde(rename = "OtherEmails")]
    OtherEmails {
        /// The account.
        #[serde(rename = "account")]
        account: AccountId,
        /// The account's email addresses, normalized and sorted.
        #[serde(rename = "emails")]
        emails: Vec<String>,
    },
    /// The sessions of one organization.
    #[serde(rename = "Organization")]
    Organization(OrgId),
    /// The sessions of one user at the provider, or of one of the user's sessions there: the provider's logout.
    ///
    /// For SAML sessions, the second half of the scope, which contains the NameID's format, is not compared, unless
    /// the NameID is transient or an attribute is the subject: see [`covers`](RevocationScope::covers). A store
    /// therefore finds these sessions, and the marks that refuse one, by the organization and the subject or the
    /// provider's session, and then calls `covers` for each.
    #[serde(rename = "Idp")]
    Idp {
        /// The organization whose provider logs the user out.
        #[serde(rename = "organization")]
        organization: OrgId,
        /// The scope in which the subject is unique, as the provider named it.
        #[serde(rename = "scope")]
        scope: LinkScope,
        /// The provider's identifier of the user, or `None` if the provider names only the session.
        #[serde(rename = "subject")]
        subject: Option<String>,
        /// `sid`, or `SessionIndex`. `None` for all of the user's sessions.
        #[serde(rename = "idp_session")]
        idp_session: Option<String>,
    },
}

impl RevocationScope {
    /// Returns whether the scope covers the session.
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

    /// Returns whether a store answers with the sessions that it ended: for every scope except a whole organization.
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

    /// Returns the stable name of the kind of scope.
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
