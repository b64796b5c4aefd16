//! What a connection makes of a response, with nobody logging in with SSO: for support, and for those who check us.

use std::time::{Duration, SystemTime};

use tower_sso_core::Clock;

use crate::{
    error::login_error::LoginError,
    provider::{
        outbound::Outbound,
        saml::{
            login::{Received, SamlLogin, SpAddresses},
            provider::SamlProvider,
        },
    },
};

/// How long an SSO login may wait for its answer.
const WAITS: Duration = Duration::from_secs(10 * 60);

impl SamlProvider {
    /// Judges a response as the answer to the request with this ID, begun as long ago as one may wait; none: as one that nobody asked for.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub(crate) async fn judge_alone(
        &self,
        out: &Outbound,
        request_id: Option<&str>,
        addresses: &SpAddresses,
        saml_response: &str,
        at: SystemTime,
    ) -> Result<Received, LoginError> {
        let settings = &self.0.settings;
        let login = request_id.map(|request_id| SamlLogin {
            request_id: request_id.to_owned(),
            acs: addresses.acs.clone(),
            sp_entity_id: self.sp_entity_id(addresses).to_owned(),
            max_age: if settings.force_authn { Some(0) } else { settings.max_age.map(|age| age.as_secs()) },
            contexts: settings.contexts.clone(),
            // When it was really begun is not known: a response is older than the moment it is looked at.
            begun_at: at.checked_sub(WAITS).unwrap_or(at),
        });
        let clock = Clock::from_fn(move || at);
        self.receive(out, login.as_ref(), addresses, saml_response, &clock).await
    }
}
