//! The identity that a provider vouched for, after every check of its protocol, and the profile that belongs to it.
//!
//! - A [`VerifiedIdentity`] can only come from an SSO login. (With the feature `testing`, tests can make one.)
//! - A [`Profile`] has all attributes that the provider sent, as one JSON object. It proves nothing: anyone can make
//!   one, for example to try a mapping of [`roles`](crate::roles).
//!
//! ```
//! use tower_sso::identity::Profile;
//!
//! let profile: Profile =
//!     serde_json::from_str(r#"{"email": "ada@acme.example", "groups": ["hub-admins", "everybody"]}"#)?;
//! assert_eq!(profile.attributes()["groups"][0], "hub-admins");
//! assert_eq!(profile.attributes().get("department"), None);
//! # Ok::<_, serde_json::Error>(())
//! ```

pub use tower_sso_core::Protocol;

pub use tower_sso_core::EmailVerified;

use std::{sync::LazyLock, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The provider's attributes about a user as one JSON object: ID token and userinfo claims, or SAML attributes.
///
/// A profile proves nothing. Anyone can deserialize one from JSON, for example to try a mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Map<String, Value>")]
pub struct Profile(Value);

impl Profile {
    /// Creates a profile from the attributes.
    pub(crate) fn new(attributes: Map<String, Value>) -> Self {
        Self(Value::Object(attributes))
    }

    /// Returns the attributes.
    #[must_use]
    pub fn attributes(&self) -> &Map<String, Value> {
        static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        self.0.as_object().unwrap_or(&EMPTY)
    }

    /// Returns the attributes as one JSON value.
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

/// An identity that a provider vouched for, after every check of its protocol. The type is the same for both
/// protocols.
///
/// There is no public constructor, except for tests: `for_tests`, with the feature `testing`.
#[derive(Clone, Debug)]
pub struct VerifiedIdentity(pub(crate) IdentityFields);

/// The fields of a verified identity, without the proof that they were verified. They are part of the record that the
/// one-time store keeps between receive and finish, and are never read from a request. The serialized names are frozen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IdentityFields {
    #[serde(rename = "protocol")]
    pub(crate) protocol: Protocol,
    /// The scope in which the subject is unique: issuer + client id (OpenID Connect Core §5.7), or SP entity ID +
    /// NameID format.
    #[serde(rename = "scope")]
    pub(crate) scope: tower_sso_core::store::LinkScope,
    /// `sub`, or the NameID, or the value of the subject attribute.
    #[serde(rename = "subject")]
    pub(crate) subject: String,
    /// The scope and subject of the account link, if they differ from `scope` and `subject`. With SAML, the response
    /// chooses the format and the qualifiers of the NameID, and an attacker who alters a request on its way can
    /// influence them.
    #[serde(rename = "link", default)]
    pub(crate) link: Option<(tower_sso_core::store::LinkScope, String)>,
    #[serde(rename = "email")]
    pub(crate) email: Option<String>,
    #[serde(rename = "email_verified")]
    pub(crate) email_verified: EmailVerified,
    #[serde(rename = "profile")]
    pub(crate) profile: Profile,
    /// `auth_time`, or `AuthnInstant`.
    #[serde(rename = "signed_on_at", with = "tower_sso_core::internal::millis_opt")]
    pub(crate) logged_in_at: Option<SystemTime>,
    /// `acr`, or `AuthnContextClassRef`.
    #[serde(rename = "context_class", default)]
    pub(crate) context_class: Option<String>,
    /// `sid`, or `SessionIndex`.
    #[serde(rename = "idp_session")]
    pub(crate) idp_session: Option<String>,
    /// `SessionNotOnOrAfter`.
    #[serde(rename = "session_until", with = "tower_sso_core::internal::millis_opt")]
    pub(crate) session_until: Option<SystemTime>,
}

impl VerifiedIdentity {
    /// Returns the protocol of the SSO login.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.0.protocol
    }

    /// Returns the provider's identifier of the user: `sub`, or the NameID.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Returns the email address as the provider sent it, if the provider sent one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Returns whether the provider vouches for the email address.
    #[must_use]
    pub fn email_verified(&self) -> EmailVerified {
        self.0.email_verified
    }

    /// Returns all attributes.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }
}
