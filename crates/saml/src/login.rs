//! The values of an SSO login: what the caller passes in, what is sent to the provider, what the caller keeps until the
//! response arrives, and what it must mark as used afterwards.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tower_sso_core::Secret;

/// Our addresses for one organization, as absolute URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpAddresses {
    /// Our metadata. This address is also our entity ID, unless the settings contain another one.
    pub metadata: String,
    /// The assertion consumer service.
    pub acs: String,
    /// The single logout service.
    pub slo: String,
}

/// What an authentication request asks for, in addition to the settings.
#[derive(Clone, Copy, Debug)]
pub struct AuthnAsk<'a> {
    /// Our addresses.
    pub addresses: &'a SpAddresses,
    /// How long ago the user may have authenticated at the provider. If the settings have a limit too, the stricter one
    /// applies.
    pub max_age: Option<Duration>,
    /// The acceptable authentication context classes. They narrow those of the settings.
    pub context_classes: &'a [String],
}

/// A message to the provider, which the user's browser carries.
#[derive(Debug)]
pub enum Outgoing {
    /// The address that the browser is redirected to.
    Redirect(String),
    /// A form that the browser posts.
    Post {
        /// The address that the form is posted to.
        action: String,
        /// The names and values of the form's fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// An authentication request that was made.
#[derive(Debug)]
pub struct Asked {
    /// How the browser carries the request to the provider.
    pub outgoing: Outgoing,
    /// The `RelayState`, which comes back with the response. Keep the pending login under this value.
    pub relay_state: Secret<String>,
    /// The pending login, which the response is checked against.
    pub login: SamlLogin,
}

/// A pending login: what the response to an authentication request is checked against. Keep it on the server.
///
/// It has a stable serialized form and contains no secret, but anyone who can change it can make a response fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SamlLogin {
    #[serde(rename = "request_id")]
    pub(crate) request_id: String,
    #[serde(rename = "acs")]
    pub(crate) acs: String,
    #[serde(rename = "sp_entity_id")]
    pub(crate) sp_entity_id: String,
    /// The maximum age of the authentication at the provider, in seconds.
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

/// What must be marked as used before the identity counts (SAML profiles §4.1.4.5).
///
/// ```
/// use std::collections::HashMap;
/// use std::time::SystemTime;
/// use tower_sso_saml::Replay;
///
/// /// Returns whether the assertion was not used before. A real store does this in one atomic step.
/// fn claim(used: &mut HashMap<String, SystemTime>, replay: Replay, now: SystemTime) -> bool {
///     used.retain(|_, until| *until > now);
///     used.insert(replay.id, replay.until).is_none()
/// }
/// # let now = SystemTime::UNIX_EPOCH;
/// # let replay = Replay { id: "idp _a1".to_owned(), until: now + std::time::Duration::from_secs(300) };
/// # let mut used = HashMap::new();
/// # assert!(claim(&mut used, replay.clone(), now) && !claim(&mut used, replay, now));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Identifies the assertion: made from the provider and the assertion's ID, and unique.
    pub id: String,
    /// Until when the assertion would be accepted. It depends only on the assertion, and is the same each time.
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
