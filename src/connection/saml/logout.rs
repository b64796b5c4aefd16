//! The messages of single logout (SAML profiles §4.4), in both directions. The caller ends the sessions:
//! `login::logout`.

use tower_sso_core::{Clock, store::LinkScope};
use tower_sso_http::Outbound;
use tower_sso_saml::{
    LogoutMessage, LogoutOutcome, LogoutRequest, LogoutSubject, LogoutVia, Outgoing, SpAddresses,
};

use crate::{connection::saml::provider::SamlProvider, error::login_error::LoginError};

impl SamlProvider {
    /// Makes the request that asks the provider to end its own session. Returns the ID of the request, and how the
    /// browser takes it to the provider. Returns `None` if the provider has no single logout service, or if the
    /// session's NameID is not known completely.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`authorize`](Self::authorize).
    pub(crate) async fn begin_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        (scope, subject, session_index): (&LinkScope, &str, Option<&str>),
        relay_state: &str,
        clock: &Clock,
    ) -> Result<Option<(String, Outgoing)>, LoginError> {
        let idp = self.idp(out, clock).await?;
        let who = LogoutSubject { within: &scope.1, subject, session_index };
        Ok(self.own().logout_request(&idp, addresses, who, relay_state, clock.now())?)
    }

    /// Reads and verifies a message to the single logout service.
    ///
    /// # Errors
    ///
    /// Returns the kinds for signatures and documents, and `SamlIssuerWrong`, `SamlDestinationWrong`,
    /// `SamlIssueInstantWrong`, `SamlExpired` and `SamlLogoutInvalid`.
    pub(crate) async fn receive_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        via: LogoutVia<'_>,
        clock: &Clock,
    ) -> Result<LogoutMessage, LoginError> {
        self.verified(out, clock, |idp| self.own().validate_logout(idp, addresses, via, clock.now())).await
    }

    /// Makes the response to a logout request of the provider. Returns `None` if the provider has no single logout
    /// service.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`authorize`](Self::authorize).
    pub(crate) async fn answer_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        request: &LogoutRequest,
        outcome: LogoutOutcome,
        clock: &Clock,
    ) -> Result<Option<Outgoing>, LoginError> {
        let idp = self.idp(out, clock).await?;
        Ok(self.own().logout_response(&idp, addresses, request, outcome, clock.now())?)
    }
}
