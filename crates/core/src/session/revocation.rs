//! Revocations: which SSO sessions to end, and how long to refuse SSO logins that began before.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
    protocol::Protocol,
    session::{links::LinkScope, sso_session::SsoSession},
};

/// A revocation: which sessions to end, and how long to refuse SSO logins that began before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revocation {
    /// Which sessions to end.
    #[serde(rename = "scope")]
    pub scope: RevocationScope,
    /// When the revocation was made, by the clock of the node that made it.
    #[serde(rename = "at", with = "crate::time::millis")]
    pub at: SystemTime,
    /// When the store may drop the mark: at this time, every SSO login that began before the revocation has expired. How
    /// the store knows the time, and what it must remember of a dropped mark, is described at
    /// [`SessionStore`](crate::store::SessionStore#time) and [`revoke`](crate::store::SessionStore::revoke).
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
    /// The sessions of one credential that belong to one account, in every organization. Sessions of another account
    /// that used the same credential are not covered. See `Sso::rebind`.
    #[serde(rename = "AccountCredential")]
    AccountCredential {
        /// The credential.
        #[serde(rename = "credential")]
        credential: Credential,
        /// The account.
        #[serde(rename = "account")]
        account: AccountId,
    },
    /// The sessions under one [`SessionKey`](crate::store::SessionKey): those of one credential in one organization.
    /// See `Sso::end_session`.
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
    /// A scope that no store knows. The conformance suite sends it, in the place of the scopes of later versions: a
    /// store answers it with `Err`. It covers nothing.
    #[doc(hidden)]
    #[serde(rename = "Reserved")]
    Reserved,
}

impl RevocationScope {
    /// Returns whether the scope covers the session.
    ///
    /// For [`Idp`](Self::Idp), the organization, and the `subject` and the `idp_session` if they are given, must be
    /// equal to those of the session, byte by byte. The scopes are compared by the session's protocol:
    ///
    /// | protocol | the scopes match if |
    /// |---|---|
    /// | OpenID Connect | they are equal |
    /// | SAML | they are equal, or the provider is the same and both are of a NameID that is not transient |
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use tower_sso_core::{
    ///     Credential, Digest,
    ///     session::{RevocationScope, SessionId, SsoSession},
    /// };
    ///
    /// let (id, laptop, now) = (SessionId::new("1"), Credential::session("laptop"), SystemTime::now());
    /// let version = Digest::from_bytes([0; 32]);
    /// let session = SsoSession::new(id, laptop.clone(), "acme".into(), "ada".into(), version, now, now);
    /// assert!(RevocationScope::Credential(laptop).covers(&session));
    /// // A token is another credential, even with the same id.
    /// assert!(!RevocationScope::Credential(Credential::token("laptop")).covers(&session));
    /// ```
    #[must_use]
    pub fn covers(&self, session: &SsoSession) -> bool {
        match self {
            Self::Credential(credential) => *credential == session.credential,
            Self::AccountCredential { credential, account } => {
                *credential == session.credential && *account == session.account
            }
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
            Self::Reserved => false,
        }
    }

    /// Returns whether a store answers with the sessions that it ended. True for every scope except
    /// [`Organization`](Self::Organization).
    #[must_use]
    pub fn names_sessions(&self) -> bool {
        match self {
            Self::Credential(_)
            | Self::AccountCredential { .. }
            | Self::Session { .. }
            | Self::Account(_)
            | Self::Member(..)
            | Self::OtherEmails { .. }
            | Self::Idp { .. } => true,
            Self::Organization(_) | Self::Reserved => false,
        }
    }

    /// Returns the stable name of the kind of scope.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Credential(_) => "credential",
            Self::AccountCredential { .. } => "account_credential",
            Self::Session { .. } => "session",
            Self::Account(_) => "account",
            Self::Member(..) => "member",
            Self::OtherEmails { .. } => "other_emails",
            Self::Organization(_) => "organization",
            Self::Idp { .. } => "idp_session",
            Self::Reserved => "reserved",
        }
    }
}
