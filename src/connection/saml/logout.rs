//! Single logout (SAML profiles §4.4), both ways. Whose sessions end is for the caller to do.

use tower_sso_core::{Clock, store::LinkScope};

use crate::{
    connection::saml::provider::SamlProvider,
    error::login_error::LoginError,
    provider::{
        outbound::client::Outbound,
        saml::{
            login::{Outgoing, SpAddresses},
            logout::message::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutSubject, LogoutVia},
        },
    },
};

impl SamlProvider {
    /// Asks the provider to end its own session: the ID of the request, and where the browser goes. None where the
    /// provider has no single logout service, or the session's NameID is not known whole.
    ///
    /// # Errors
    ///
    /// As `authorize`.
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

    /// Reads and verifies what came to the single logout service.
    ///
    /// # Errors
    ///
    /// The kinds of the signature and the document; `SamlIssuerWrong`, `SamlDestinationWrong`, `SamlIssueInstantWrong`,
    /// `SamlExpired`, `SamlLogoutInvalid`.
    pub(crate) async fn receive_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        via: LogoutVia<'_>,
        clock: &Clock,
    ) -> Result<LogoutMessage, LoginError> {
        self.verified(out, clock, |idp| self.own().validate_logout(idp, addresses, via, clock.now())).await
    }

    /// Answers a request of the provider's. None where the provider has no single logout service.
    ///
    /// # Errors
    ///
    /// As `authorize`.
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
