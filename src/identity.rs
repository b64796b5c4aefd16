//! What a provider vouched for, after every check.

use std::{sync::LazyLock, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The protocol of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// OpenID Connect Core 1.0.
    #[serde(rename = "oidc")]
    Oidc,
    /// SAML 2.0.
    #[serde(rename = "saml")]
    Saml,
}

impl Protocol {
    /// The stable name: `oidc` or `saml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Saml => "saml",
        }
    }
}

/// The provider's attributes about a user as one JSON object: ID token and userinfo claims, or SAML attributes.
///
/// Proves nothing: anybody can read one from JSON, to try a mapping with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Map<String, Value>")]
pub struct Profile(Value);

impl Profile {
    /// Takes the attributes.
    pub(crate) fn new(attributes: Map<String, Value>) -> Self {
        Self(Value::Object(attributes))
    }

    /// The attributes.
    #[must_use]
    pub fn attributes(&self) -> &Map<String, Value> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.0.as_object().unwrap_or(&NONE)
    }

    /// The same as one value.
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new(Map::new())
    }
}

impl From<Map<String, Value>> for Profile {
    fn from(attributes: Map<String, Value>) -> Self {
        Self::new(attributes)
    }
}

/// Whether the provider vouches for the email address (OpenID Connect Core §5.1, `email_verified`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EmailVerified {
    /// It says so.
    #[serde(rename = "Yes")]
    Yes,
    /// It says that it does not: always refused.
    #[serde(rename = "No")]
    No,
    /// It says nothing: the connection decides.
    #[serde(rename = "Absent")]
    Absent,
}

/// An identity that a provider vouched for, after every check of its protocol; the same type for both protocols.
///
/// There is no public way to make one.
#[derive(Clone, Debug)]
pub struct VerifiedIdentity(pub(crate) IdentityFields);

/// The fields, apart from the proof that they were verified. Serialized into the one-time ticket between `receive`
/// and `finish`; that ticket is the server's own and is never read from a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IdentityFields {
    #[serde(rename = "protocol")]
    pub(crate) protocol: Protocol,
    /// What the subject is unique within: issuer + client id (OpenID Connect Core §5.7), or SP entity ID + NameID format.
    #[serde(rename = "scope")]
    pub(crate) scope: crate::store::LinkScope,
    #[serde(rename = "subject")]
    pub(crate) subject: String,
    /// What the account link is of, where that is not the two above: by SAML an answer chooses the NameID's format and
    /// qualifiers, and so who bends a request on its way does.
    #[serde(rename = "link", default)]
    pub(crate) link: Option<(crate::store::LinkScope, String)>,
    #[serde(rename = "email")]
    pub(crate) email: Option<String>,
    #[serde(rename = "email_verified")]
    pub(crate) email_verified: EmailVerified,
    #[serde(rename = "profile")]
    pub(crate) profile: Profile,
    /// `auth_time`, or `AuthnInstant`.
    #[serde(rename = "signed_on_at", with = "crate::time::millis_opt")]
    pub(crate) logged_in_at: Option<SystemTime>,
    /// `acr`, or `AuthnContextClassRef`.
    #[serde(rename = "context_class", default)]
    pub(crate) context_class: Option<String>,
    /// `sid`, or `SessionIndex`.
    #[serde(rename = "idp_session")]
    pub(crate) idp_session: Option<String>,
    /// `SessionNotOnOrAfter`.
    #[serde(rename = "session_until", with = "crate::time::millis_opt")]
    pub(crate) session_until: Option<SystemTime>,
}

impl VerifiedIdentity {
    /// The protocol that brought it.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.0.protocol
    }

    /// The provider's own identifier of the user: `sub`, or the NameID.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The email address as the provider sent it, if it sent one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Whether the provider vouches for the email address.
    #[must_use]
    pub fn email_verified(&self) -> EmailVerified {
        self.0.email_verified
    }

    /// Every attribute.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }
}
