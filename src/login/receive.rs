//! Receive: what the provider sent, checked, becomes a one-time ticket.

#[cfg(feature = "oidc")]
mod oidc {
    use crate::{
        Action, AuditEvent, LoginError, LoginErrorKind, OrgId, Reference, ReturnPath, Sso,
        connection::Provider,
        digest::random_token,
        login::{
            LOGIN_LIFETIME, TICKET_LIFETIME,
            record::{Kinds, Login, PendingLogin, PendingProtocol, Ticket, state_key, ticket_key},
        },
        provider::oidc::OidcCallback,
        time::later,
    };

    const STATE: Kinds = Kinds {
        unknown: LoginErrorKind::StateUnknown,
        used: LoginErrorKind::StateUsed,
        expired: LoginErrorKind::StateExpired,
    };

    impl Sso {
        /// Checks an OIDC callback; answers with the address to finish at. An error comes with the return path of the
        /// sign-on, as far as it was known.
        pub(in crate::login) async fn receive_oidc(
            &self,
            organization: &OrgId,
            parameters: &[u8],
        ) -> Result<String, (LoginError, Option<ReturnPath>)> {
            let pairs = url::form_urlencoded::parse(parameters);
            let callback = OidcCallback::parse(pairs).map_err(|error| (error, None))?;
            let key = state_key(callback.state.expose());
            let pending: PendingLogin = self.take(key, STATE).await.map_err(|error| (error, None))?;
            let back = pending.login.return_path.clone();
            self.check_oidc(organization, pending, callback).await.map_err(|error| (error, Some(back)))
        }

        async fn check_oidc(
            &self,
            organization: &OrgId,
            pending: PendingLogin,
            callback: OidcCallback,
        ) -> Result<String, LoginError> {
            let core = self.core();
            let PendingLogin { login, protocol } = pending;
            if login.organization != *organization {
                return Err(LoginErrorKind::OtherOrganization.into());
            }
            let connection = self.connection(organization).await?;
            if *connection.version() != login.version {
                return Err(LoginErrorKind::ConnectionChanged.into());
            }
            let identity = match (&connection.provider, protocol) {
                (Provider::Oidc(provider), PendingProtocol::Oidc(pending)) => {
                    provider.receive(&core.outbound, &pending, callback, &core.clock).await?
                }
                #[cfg(feature = "saml")]
                (Provider::Saml(_), PendingProtocol::Oidc(_)) => {
                    return Err(LoginErrorKind::ConnectionChanged.into());
                }
                #[cfg(test)]
                (Provider::None, PendingProtocol::Oidc(_)) => return Err(LoginErrorKind::NoConnection.into()),
            };
            self.issue_ticket(Ticket { login, identity: identity.0 }).await
        }

        async fn issue_ticket(&self, ticket: Ticket) -> Result<String, LoginError> {
            let core = self.core();
            let now = core.now();
            let token = random_token()?;
            let key = ticket_key(token.expose());
            // However slow the provider was: no ticket outlives the marks of revocations since the sign-on began.
            let latest = later(ticket.login.begun_at, LOGIN_LIFETIME + TICKET_LIFETIME);
            self.keep(key, &ticket.login, &ticket, later(now, TICKET_LIFETIME).min(latest)).await?;
            let Login { organization, account, .. } = &ticket.login;
            let event = AuditEvent::new(now, Reference::new()?, Action::LoginReceived);
            core.audit.record(&event.organization(organization).account(account));
            let finish = core.addresses.url(organization, "finish");
            Ok(format!("{finish}?ticket={}", token.expose()))
        }
    }
}
