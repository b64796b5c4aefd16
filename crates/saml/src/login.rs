//! What goes out to the provider, what is kept until its answer, and what the answer comes to.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tower_sso_core::Secret;

/// Our addresses for one organization, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpAddresses {
    /// Our metadata. It is the SP entity ID too, unless the connection has another.
    pub metadata: String,
    /// The assertion consumer service.
    pub acs: String,
    /// The single logout service.
    pub slo: String,
}

/// What an authentication request asks for, beside the connection's own settings.
#[derive(Clone, Copy, Debug)]
pub struct AuthnAsk<'a> {
    /// Our addresses.
    pub addresses: &'a SpAddresses,
    /// How old the user's SSO login at the provider may be. With the connection's own limit, the stricter one counts.
    pub max_age: Option<Duration>,
    /// The authentication context classes that a handler asks for; they narrow the connection's own.
    pub context_classes: &'a [String],
}

/// A message on its way to the provider, in the browser's hands.
#[derive(Debug)]
pub enum Outgoing {
    /// Where the browser goes.
    Redirect(String),
    /// What the browser posts: the address and the fields of the form.
    Post {
        /// The address.
        action: String,
        /// Names and values of the form's fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// An authentication request that was made.
#[derive(Debug)]
pub struct Asked {
    /// What the browser has to do.
    pub outgoing: Outgoing,
    /// What the answer will carry, and what the pending login is to be kept under.
    pub relay_state: Secret<String>,
    /// What the answer is judged by.
    pub login: SamlLogin,
}

/// What the answer to an authentication request is judged by. Stays on the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SamlLogin {
    #[serde(rename = "request_id")]
    pub(crate) request_id: String,
    #[serde(rename = "acs")]
    pub(crate) acs: String,
    #[serde(rename = "sp_entity_id")]
    pub(crate) sp_entity_id: String,
    /// In seconds.
    #[serde(rename = "max_age")]
    pub(crate) max_age: Option<u64>,
    #[serde(rename = "contexts")]
    pub(crate) contexts: Vec<String>,
    #[serde(rename = "begun_at", with = "tower_sso_core::internal::millis")]
    pub(crate) begun_at: SystemTime,
}

impl SamlLogin {
    /// Returns the ID of the request, which the `InResponseTo` of its response names.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
}

/// What has to be claimed before the identity counts (SAML profiles §4.1.4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The provider and the assertion: no two have the same.
    pub id: String,
    /// Until when the assertion would be taken. Taken from the assertion, the same each time.
    pub until: SystemTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_of_a_pending_saml_login_does_not_change() {
        let login = SamlLogin {
            request_id: "_1".to_owned(),
            acs: "https://hub.example/sso/1/saml/acs".to_owned(),
            sp_entity_id: "https://hub.example/sso/1/saml/metadata".to_owned(),
            max_age: Some(600),
            contexts: vec!["mfa".to_owned()],
            begun_at: SystemTime::UNIX_EPOCH + Duration::from_secs(3),
        };
        tower_sso_testing::golden::is_kept_as(
            &login,
            concat!(
                r#"{"request_id":"_1","acs":"https://hub.example/sso/1/saml/acs","#,
                r#""sp_entity_id":"https://hub.example/sso/1/saml/metadata","max_age":600,"contexts":["mfa"],"begun_at":3000}"#
            ),
        );
    }
}
