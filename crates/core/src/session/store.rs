//! The trait of stores for SSO sessions, and the types of its arguments and results.

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
///
/// An SSO login takes time: it begins at [`begun_at`](SsoSession::begun_at), and `insert` is called when it finishes.
/// If access is revoked in between, the session must not be stored. Therefore [`revoke`](Self::revoke) leaves a *mark*,
/// and [`insert`](Self::insert) refuses every session that a mark covers and that began at or before the mark's time.
/// `insert` and `revoke` are atomic with respect to each other: whichever runs second sees the effect of the first. In
/// SQL, for example, use a lock that both take, or `SERIALIZABLE` transactions with retry.
///
/// *Newest* always means inserted last, whatever the session's times are. Ids of sessions may repeat. A key can have
/// several sessions; when the newest is revoked, the one that was inserted before it is found again. The store never
/// checks whether a session has expired: it returns expired sessions, and the caller checks. It may drop expired
/// sessions.
///
/// Each method returns `Err` if the store fails. An `Err` never means "not found".
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session and returns [`InsertOutcome::Stored`]. Does not store it, and returns
    /// [`InsertOutcome::Revoked`], if a revocation whose scope [covers](RevocationScope::covers) the session was made
    /// at or after its [`begun_at`](SsoSession::begun_at).
    ///
    /// May also refuse a session that began longer ago than marks are kept, because the store can no longer tell
    /// whether it was revoked. May drop expired sessions, and the oldest sessions, to make room.
    fn insert(&self, session: Arc<SsoSession>) -> Lookup<InsertOutcome>;

    /// Returns whether [`insert`](SessionStore::insert) would answer [`InsertOutcome::Revoked`] for this session now.
    /// Changes nothing. tower-sso calls this before an SSO login changes anything in the app. A revocation can still
    /// come after this call; `insert` then refuses the session.
    fn revoked(&self, session: &SsoSession) -> Lookup<bool>;

    /// Returns the session that was inserted last under this key and is not revoked, or `None` if there is no such
    /// session. Returns an expired session too: the caller checks.
    fn find(&self, key: SessionKey<'_>) -> Lookup<Option<Arc<SsoSession>>>;

    /// Returns one page of the sessions that `list.of` [covers](crate::session::SessionsOf::covers), newest first. A
    /// session is in the list if [`find`](SessionStore::find) returns it under its own key; older sessions of the same
    /// key are not. Expired sessions are included.
    ///
    /// Pages are stable: a session that is inserted while a caller reads the pages does not appear on a later page, and
    /// no session appears on two pages. A cursor that no page of this store returned gives an empty page. A limit of 0
    /// counts as 1.
    ///
    /// Returns `Err` if the store does not know the kind of [`SessionsOf`](crate::session::SessionsOf).
    fn list(&self, list: &SessionList) -> Lookup<SessionPage>;

    /// Ends all sessions that the scope [covers](RevocationScope::covers), no matter when they began, including older
    /// sessions that `find` does not return because of a newer one under the same key. In the same atomic step, leaves
    /// a mark until [`mark_until`](Revocation::mark_until) that refuses sessions whose SSO login began at or before
    /// [`at`](Revocation::at). An earlier revocation never weakens the mark of a later one.
    ///
    /// Returns how many sessions ended and, for most scopes, which ones: see [`RevokeOutcome`]. Every session that
    /// ended is in the answer of exactly one call.
    ///
    /// Returns `Err` if there is no room for the mark, or if the store does not know the kind of [`RevocationScope`].
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
    /// The sessions that ended, in any order, if the scope [names them](RevocationScope::names_sessions). Empty for
    /// [`RevocationScope::Organization`]. For [`RevocationScope::Idp`], tower-sso tells the app about them
    /// (`LogoutHandler::logged_out` of tower-sso). The audit log records their accounts and organizations.
    pub sessions: Vec<Arc<SsoSession>>,
}

impl RevokeOutcome {
    /// Returns an outcome with the number of sessions that ended, and the sessions, if the scope names them.
    #[must_use]
    pub fn new(count: usize, sessions: Vec<Arc<SsoSession>>) -> Self {
        Self { count, sessions }
    }
}

/// A revocation: which sessions to end, and how long to refuse SSO logins that began before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revocation {
    /// Which sessions to end.
    #[serde(rename = "scope")]
    pub scope: RevocationScope,
    /// When the revocation was made.
    #[serde(rename = "at", with = "crate::time::millis")]
    pub at: SystemTime,
    /// When the store may drop the mark: at this time, every SSO login that began at or before `at` has expired.
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

/// Which sessions a revocation ends. Later versions may add scopes: a store that receives a scope that it does not know
/// must return `Err`, never answer that there was nothing to end.
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
    /// The sessions of one user at the provider, or of one of the user's sessions there. Used when the provider logs
    /// the user out. Covers nothing if both `subject` and `idp_session` are `None`.
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

    /// Returns whether a store answers with the sessions that it ended. True for every scope except
    /// [`Organization`](Self::Organization).
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
