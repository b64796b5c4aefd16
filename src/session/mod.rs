//! The SSO session, the proof that one was checked, and the stores that keep them.

pub(crate) mod check;
pub(crate) mod endings;
pub(crate) mod join_links;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod one_time;
pub(crate) mod owner;
pub(crate) mod store;

use std::{fmt, sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize};

#[cfg(feature = "saml")]
pub(crate) use self::links::{ATTRIBUTE, TRANSIENT};
pub use self::{
    check::FreshSession,
    list::{SessionCursor, SessionPage, SessionsOf},
    store::RevocationScope,
};
pub(crate) use self::{check::check, endings::Endings, owner::owners_session};
pub(crate) use self::{
    links::LinkScope,
    list::SessionList,
    store::{SessionKey, SessionStore},
};
use crate::{AccountId, Credential, OrgId, identity::Protocol, store::Digest};

/// The version of a connection: a keyed digest of those of its settings that matter to security.
pub type ConnectionVersion = Digest;

/// Proof that *this credential* logged in with SSO through *this organization's connection*.
///
/// Immutable, with an absolute lifetime. Not a bearer of anything: whoever knows its id can open nothing with it.
// In this order in memory too: what every request compares stands together, so that it comes from memory together.
#[repr(C)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SsoSession {
    /// Its own id.
    #[serde(rename = "id")]
    pub id: SessionId,
    /// The credential that logged in with SSO, its kind included.
    #[serde(rename = "credential")]
    pub credential: Credential,
    /// The organization.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account.
    #[serde(rename = "account")]
    pub account: AccountId,
    /// The version of the connection that it logged in with SSO through.
    #[serde(rename = "connection")]
    pub connection: ConnectionVersion,
    /// When it ends. Exclusive: at this time it is over.
    #[serde(rename = "expires_at", with = "crate::time::millis")]
    pub expires_at: SystemTime,
    /// The protocol of the connection.
    #[serde(rename = "protocol")]
    pub protocol: Protocol,
    /// What the subject is unique within: issuer and client id, or SP entity ID and NameID format.
    #[serde(rename = "scope")]
    pub scope: LinkScope,
    /// The provider's own identifier of the user.
    #[serde(rename = "subject")]
    pub subject: String,
    /// The email address that the SSO login stood on, normalized: one of the account's.
    #[serde(rename = "email", default)]
    pub email: String,
    /// `sid`, or `SessionIndex`.
    #[serde(rename = "idp_session")]
    pub idp_session: Option<String>,
    /// When the SSO login began: a revocation from then on ends it.
    #[serde(rename = "begun_at", with = "crate::time::millis")]
    pub begun_at: SystemTime,
    /// When the user logged in with SSO at the provider, as far as it said; otherwise when the SSO login finished.
    #[serde(rename = "signed_on_at", with = "crate::time::millis")]
    pub logged_in_at: SystemTime,
    /// When the user logged in with SSO at the provider, if it said so: `auth_time`, or `AuthnInstant`.
    #[serde(rename = "authenticated_at", default, with = "crate::time::millis_opt")]
    pub authenticated_at: Option<SystemTime>,
    /// How the user logged in with SSO at the provider, if it said so: `acr`, or `AuthnContextClassRef`.
    #[serde(rename = "context_class", default)]
    pub context_class: Option<String>,
}

/// The id of an SSO session.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// An id as a text that came back, from the form of a list: it opens nothing.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}
