//! What a connection makes of a response, with nobody logging in with SSO: for support, and for those who check us.

use std::time::{Duration, SystemTime};

use tower_sso_core::Clock;

use crate::{
    connection::saml::{identity::Received, provider::SamlProvider},
    error::login_error::LoginError,
    provider::{outbound::client::Outbound, saml::login::SpAddresses},
};

/// How long an SSO login may wait for its answer.
const MAX_LOGIN_WAIT: Duration = Duration::from_secs(10 * 60);

impl SamlProvider {
    /// Judges a response as the answer to the request with this ID, begun as long ago as one may wait; none: as one that
    /// nobody asked for.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub(crate) async fn explain_response(
        &self,
        out: &Outbound,
        request_id: Option<&str>,
        addresses: &SpAddresses,
        saml_response: &str,
        at: SystemTime,
    ) -> Result<Received, LoginError> {
        // When it was really begun is not known: a response is older than the moment it is looked at.
        let begun_at = at.checked_sub(MAX_LOGIN_WAIT).unwrap_or(at);
        let login = request_id.map(|request_id| self.own().login_of(request_id, addresses, begun_at));
        let clock = Clock::from_fn(move || at);
        self.receive(out, login.as_ref(), addresses, saml_response, &clock).await
    }
}
