//! The SSO session: an immutable record.

use std::time::SystemTime;

use crate::digest::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
    protocol::Protocol,
    session::{links::LinkScope, revision::Revision, session_id::SessionId},
};

/// The version of a connection: a keyed digest of those of its settings that affect security.
pub type ConnectionVersion = Digest;

/// Proof that *this credential* logged in with SSO through *this organization's connection*.
///
/// It never changes and has an absolute lifetime. It is not a bearer credential: knowing its id gives no access.
// The order in memory is fixed: the fields that every request compares are next to each other, in the same cache
// lines.
#[repr(C)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SsoSession {
    /// The id of the SSO session.
    #[serde(rename = "id")]
    pub id: SessionId,
    /// The credential that logged in with SSO, including its kind.
    #[serde(rename = "credential")]
    pub credential: Credential,
    /// The organization.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account.
    #[serde(rename = "account")]
    pub account: AccountId,
    /// The version of the connection that was used to log in with SSO.
    #[serde(rename = "connection")]
    pub connection: ConnectionVersion,
    /// When the session expires. Exclusive: at this time it has expired.
    #[serde(rename = "expires_at", with = "crate::time::millis")]
    pub expires_at: SystemTime,
    /// The protocol of the connection.
    #[serde(rename = "protocol")]
    pub protocol: Protocol,
    /// The scope in which the subject is unique: issuer and client id, or SP entity ID and NameID format.
    #[serde(rename = "scope")]
    pub scope: LinkScope,
    /// The provider's identifier of the user.
    #[serde(rename = "subject")]
    pub subject: String,
    /// The email address that the SSO login matched, in normalized form. It is one of the account's addresses.
    #[serde(rename = "email", default)]
    pub email: String,
    /// The id of the user's session at the provider: `sid`, or `SessionIndex`.
    #[serde(rename = "idp_session")]
    pub idp_session: Option<String>,
    /// When the SSO login began, by the clock of the node where it began.
    #[serde(rename = "begun_at", with = "crate::time::millis")]
    pub begun_at: SystemTime,
    /// The revision of the store when the SSO login began: every revocation at a higher revision is later than that.
    /// A record without one counts as begun before every revocation.
    #[serde(rename = "revision", default)]
    pub revision: Revision,
    /// When the user logged in at the provider, if the provider said so. Otherwise, when the SSO login finished.
    #[serde(rename = "signed_on_at", with = "crate::time::millis")]
    pub logged_in_at: SystemTime,
    /// When the user logged in at the provider, if the provider said so: `auth_time`, or `AuthnInstant`.
    #[serde(rename = "authenticated_at", default, with = "crate::time::millis_opt")]
    pub authenticated_at: Option<SystemTime>,
    /// How the user logged in at the provider, if the provider said so: `acr`, or `AuthnContextClassRef`.
    #[serde(rename = "context_class", default)]
    pub context_class: Option<String>,
}

impl SsoSession {
    /// Returns a session of an OpenID Connect connection. All other fields are empty and can be set afterward;
    /// `logged_in_at` is `begun_at`, and `revision` is 0. Stores use this to build a session from a record, and tests use it.
    #[must_use]
    pub fn new(
        id: SessionId,
        credential: Credential,
        organization: OrgId,
        account: AccountId,
        connection: ConnectionVersion,
        begun_at: SystemTime,
        expires_at: SystemTime,
    ) -> Self {
        Self {
            id,
            credential,
            organization,
            account,
            connection,
            expires_at,
            protocol: Protocol::Oidc,
            scope: LinkScope(String::new(), String::new()),
            subject: String::new(),
            email: String::new(),
            idp_session: None,
            begun_at,
            revision: Revision::default(),
            logged_in_at: begun_at,
            authenticated_at: None,
            context_class: None,
        }
    }
}
