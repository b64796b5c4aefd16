//! The data that is stored between the authorization request and its response.
//!
//! Each pending login has a nonce, a PKCE verifier and a state that no other login has, made of 32 random bytes each. The serialized
//! form of [`OidcLogin`] contains the first two in the clear: keep it where only the server can read it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, Serializer};
use tower_sso_core::Secret;

/// What an authorization request contains in addition to the connection's own settings.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizeRequest<'a> {
    /// The complete callback address of this organization.
    pub redirect_uri: &'a str,
    /// The user who is about to log in with SSO, if known.
    pub login_hint: Option<&'a str>,
    /// How long ago the user may have authenticated at the provider. If the connection has a limit too, the stricter
    /// one counts.
    pub max_age: Option<Duration>,
    /// The authentication context classes that a handler requests. They narrow the connection's own.
    pub context_classes: &'a [String],
}

/// An authorization request that was built.
///
/// Send the browser to [`url`](Self::url), and store [`login`](Self::login) under [`state`](Self::state). Accept the
/// response only from the browser that began the login: a cookie tells it apart.
#[derive(Debug)]
pub struct Authorization {
    /// The address that the browser goes to.
    pub url: String,
    /// The `state` that the response will contain, and the key under which the pending login must be stored.
    pub state: Secret<String>,
    /// The data by which the response is checked.
    pub login: OidcLogin,
}

/// The data by which the response to an authorization request is checked. It stays on the server.
///
/// Use it for one response only, whether the response is accepted or not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OidcLogin {
    #[serde(rename = "nonce", serialize_with = "exposed")]
    pub(crate) nonce: Secret<String>,
    #[serde(rename = "pkce_verifier", serialize_with = "exposed")]
    pub(crate) pkce_verifier: Secret<String>,
    #[serde(rename = "redirect_uri")]
    pub(crate) redirect_uri: String,
    /// The maximum age in seconds.
    #[serde(rename = "max_age")]
    pub(crate) max_age: Option<u64>,
    #[serde(rename = "acr_values")]
    pub(crate) acr_values: Vec<String>,
    #[serde(rename = "begun_at", with = "tower_sso_core::internal::millis")]
    pub(crate) begun_at: SystemTime,
}

fn exposed<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_oidc_login_survives_storage_and_hides_its_secrets() {
        let login = OidcLogin {
            nonce: Secret::new("n-1".to_owned()),
            pkce_verifier: Secret::new("v-1".to_owned()),
            redirect_uri: "https://hub.example/sso/acme/oidc/callback".to_owned(),
            max_age: Some(0),
            acr_values: vec!["phr".to_owned()],
            begun_at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        };
        let stored = serde_json::to_vec(&login).expect("JSON");
        let back: OidcLogin = serde_json::from_slice(&stored).expect("JSON");
        assert!(back.nonce.matches(b"n-1") && back.pkce_verifier.matches(b"v-1"));
        assert_eq!(back.begun_at, login.begun_at);
        assert_eq!((back.max_age, back.acr_values), (login.max_age, login.acr_values.clone()));
        let shown = format!("{login:?}");
        assert!(!shown.contains("n-1") && !shown.contains("v-1"), "{shown}");
    }
    #[test]
    fn the_stored_form_of_a_pending_oidc_login_does_not_change() {
        let login = OidcLogin {
            nonce: Secret::new("n-1".to_owned()),
            pkce_verifier: Secret::new("v-1".to_owned()),
            redirect_uri: "https://hub.example/sso/1/oidc/callback".to_owned(),
            max_age: Some(600),
            acr_values: vec!["mfa".to_owned()],
            begun_at: SystemTime::UNIX_EPOCH + Duration::from_secs(3),
        };
        tower_sso_testing::golden::is_kept_as(
            &login,
            concat!(
                r#"{"nonce":"n-1","pkce_verifier":"v-1","redirect_uri":"https://hub.example/sso/1/oidc/callback","#,
                r#""max_age":600,"acr_values":["mfa"],"begun_at":3000}"#
            ),
        );
    }
}
