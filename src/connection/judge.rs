//! Checks a SAML response against a connection, for support and for tests.

use std::time::SystemTime;

use serde_json::{Value, json};
use tower_sso_core::{ConfigError, EmailVerified, internal::rfc3339};
use tower_sso_http::{Limits, Outbound};

use crate::{
    address::Addresses,
    connection::{checked::Connection, saml::addresses::sp_addresses},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::VerifiedIdentity,
};

/// A SAML response for [`Connection::judge_saml`] to check.
#[derive(Clone, Copy, Debug)]
pub struct SamlResponseInput<'a> {
    /// The value of the form field `SAMLResponse`: the response in base64.
    pub response: &'a str,
    /// The app's base URL, such as `https://hub.example`. The address that the provider must have sent the response
    /// to is derived from it.
    pub base_url: &'a str,
    /// The path under which the SSO routes are mounted: `/sso` by default.
    pub mount: &'a str,
    /// The ID of the request that the response must answer. `None` if the response is unsolicited, which the
    /// connection must allow.
    pub request_id: Option<&'a str>,
    /// When the response was received.
    pub at: SystemTime,
}

impl Connection {
    /// Checks a SAML response and returns the identity that it vouches for, as JSON for people to read. If a check
    /// refuses the response, that check is the error.
    ///
    /// Every check is made except the one for replay, and nothing is stored. This method is for support and for tests
    /// of a provider's settings. It logs no user in with SSO, and no SSO login accepts its result.
    ///
    /// The JSON object has these members: `subject`, which identifies the user within `scope`; `email` with
    /// `email_verified` (`yes`, `no`, `absent`); `attributes`; `logged_in_at` and `session_until` in RFC 3339;
    /// `session_index`; `context_class`.
    ///
    /// # Errors
    ///
    /// Returns the kind and the sentence with which an SSO login would be refused. Returns `NoConnection` if the
    /// connection does not use SAML, and `RequestInvalid` if the base URL or the mount path cannot be used.
    pub async fn judge_saml(&self, case: SamlResponseInput<'_>) -> Result<Value, LoginError> {
        let unusable = |error: ConfigError| LoginError::with(LoginErrorKind::RequestInvalid, error);
        let ours = Addresses::parse(case.base_url, case.mount).map_err(unusable)?;
        let provider = self.saml().ok_or(LoginErrorKind::NoConnection)?;
        let addresses = sp_addresses(&ours, &self.organization);
        let out = Outbound::new(Limits::default());
        let judged =
            provider.explain_response(&out, case.request_id, &addresses, case.response, case.at).await;
        judged.map(|received| described(&received.identity))
    }
}

fn described(identity: &VerifiedIdentity) -> Value {
    let fields = &identity.0;
    json!({
        "subject": fields.subject,
        "scope": fields.scope,
        "email": fields.email,
        "email_verified": match fields.email_verified {
            EmailVerified::Yes => "yes",
            EmailVerified::No => "no",
            EmailVerified::Absent => "absent",
        },
        "attributes": fields.profile,
        "signed_on_at": fields.logged_in_at.map(rfc3339),
        "session_index": fields.idp_session,
        "session_until": fields.session_until.map(rfc3339),
        "context_class": fields.context_class,
    })
}
