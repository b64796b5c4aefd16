//! Checks a response as an SSO login would, without an SSO login: for support, and for people who test this crate.

use std::time::{Duration, SystemTime};

use tower_sso_core::Clock;
use tower_sso_http::Outbound;
use tower_sso_saml::SpAddresses;

use crate::{
    connection::saml::{identity::Received, provider::SamlProvider},
    error::login_error::LoginError,
};

/// How long an SSO login may wait for the provider's response.
const MAX_LOGIN_WAIT: Duration = Duration::from_secs(10 * 60);

impl SamlProvider {
    /// Checks a response as the answer to the request with this ID, or as an unsolicited response if there is no ID.
    /// `at` is the time at which the response arrived.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`receive`](Self::receive).
    pub(crate) async fn explain_response(
        &self,
        out: &Outbound,
        request_id: Option<&str>,
        addresses: &SpAddresses,
        saml_response: &str,
        at: SystemTime,
    ) -> Result<Received, LoginError> {
        // The time of the request is not known. The earliest possible time is assumed.
        let begun_at = at.checked_sub(MAX_LOGIN_WAIT).unwrap_or(at);
        let login = request_id.map(|request_id| self.own().login_of(request_id, addresses, begun_at));
        let clock = Clock::from_fn(move || at);
        self.receive(out, login.as_ref(), addresses, saml_response, &clock).await
    }
}
