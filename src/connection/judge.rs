//! What a connection makes of a SAML response that somebody has at hand.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::Connection;
use crate::{
    ConfigError,
    address::Addresses,
    identity::{EmailVerified, VerifiedIdentity},
    login::{LoginError, LoginErrorKind},
    provider::{Limits, Outbound, saml::SpAddresses},
    time::rfc3339,
};

/// A SAML response to be judged by [`Connection::judge_saml`].
#[derive(Clone, Copy, Debug)]
pub struct SamlResponseInput<'a> {
    /// The form field `SAMLResponse`: the response in base64.
    pub response: &'a str,
    /// Where the app stands, such as `https://hub.example`: the address that the provider had to answer to comes from
    /// it.
    pub base_url: &'a str,
    /// The path below which the SSO routes are: `/sso` by default.
    pub mount: &'a str,
    /// The ID of the request that it has to answer. `None`: nobody asked, and the connection has to allow that.
    pub request_id: Option<&'a str>,
    /// When it came in.
    pub at: SystemTime,
}

impl Connection {
    /// Says what the connection makes of a SAML response: the identity that it vouches for, as JSON to be read by
    /// people, or the check that refuses it. Every check is made but the one for replay, and nothing is kept: this is
    /// for support and for tests of a provider's settings. It logs nobody in with SSO, and no SSO login takes what it answers.
    ///
    /// The member `subject` is who it is, within `scope`; `email` with `email_verified` (`yes`, `no`, `absent`);
    /// `attributes`; `logged_in_at` and `session_until` in RFC 3339; `session_index`; `context_class`.
    ///
    /// # Errors
    ///
    /// The kind and the sentence that an SSO login would be refused with; `NoConnection` where the connection is not one
    /// by SAML; `RequestInvalid` for a base URL or mount path that can't be used.
    pub async fn judge_saml(&self, case: SamlResponseInput<'_>) -> Result<Value, LoginError> {
        let unusable = |error: ConfigError| LoginError::with(LoginErrorKind::RequestInvalid, error);
        let ours = Addresses::parse(case.base_url, case.mount).map_err(unusable)?;
        let provider = self.saml().ok_or(LoginErrorKind::NoConnection)?;
        let addresses = SpAddresses::of(&ours, &self.organization);
        let out = Outbound::new(Limits::default());
        let judged = provider.judge_alone(&out, case.request_id, &addresses, case.response, case.at).await;
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
