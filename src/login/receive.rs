//! Receive: checks what the provider sent and turns it into a one-time ticket.

#[cfg(feature = "oidc")]
mod oidc;
#[cfg(feature = "saml")]
mod saml;

#[cfg(feature = "saml")]
pub(super) use self::saml::Posted;

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    connection::Connection,
    digest::random_token,
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        LOGIN_LIFETIME, TICKET_LIFETIME,
        record::{Initiator, Login, TakeErrors, Ticket, ticket_key, visitor_key},
    },
    sso::Sso,
    time::later,
};
#[cfg(feature = "saml")]
use crate::{digest::Digest, session::one_time::ClaimOutcome};
use std::sync::Arc;
#[cfg(feature = "saml")]
use std::time::SystemTime;

const STATE: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

impl Sso {
    /// Returns the connection with which a login began. It must belong to this organization and still have the same
    /// version.
    pub(super) async fn unchanged(
        &self,
        organization: &OrgId,
        login: &Login,
    ) -> Result<Arc<Connection>, LoginError> {
        if login.organization != *organization {
            return Err(LoginErrorKind::OtherOrganization.into());
        }
        let connection = self.connection(organization).await?;
        if *connection.version() != login.version {
            return Err(LoginErrorKind::ConnectionChanged.into());
        }
        Ok(connection)
    }

    /// Claims a value that is accepted only once, across all nodes.
    #[cfg(feature = "saml")]
    pub(super) async fn claim(&self, key: &Digest, until: SystemTime) -> Result<(), LoginError> {
        let core = self.core();
        match self.within(core.one_time.claim(key, until, core.now()), "one_time.claim").await? {
            ClaimOutcome::First => Ok(()),
            ClaimOutcome::Again => Err(LoginErrorKind::SamlReplayed.into()),
            ClaimOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
        }
    }

    /// Stores the ticket of an answer that passed every check, and returns the address of the finish page.
    async fn issue_ticket(&self, ticket: Ticket) -> Result<String, LoginError> {
        let core = self.core();
        let now = core.now();
        let token = random_token()?;
        // Limit the lifetime, even if the provider was slow. No ticket may outlive the marks of revocations since the
        // SSO login began, and no ticket of a person without an account may outlive the cookie that binds it to the
        // browser.
        let (key, page, most) = match ticket.login.by {
            Initiator::Account { .. } => {
                (ticket_key(token.expose()), "finish", LOGIN_LIFETIME + TICKET_LIFETIME)
            }
            Initiator::Visitor { .. } => (visitor_key(token.expose()), "join/finish", LOGIN_LIFETIME),
        };
        let latest = later(ticket.login.begun_at, most);
        let until = later(now, TICKET_LIFETIME).min(latest);
        self.keep(key, ticket.login.owner(), &ticket, until).await?;
        let organization = &ticket.login.organization;
        let mut event =
            AuditEvent::new(now, Reference::new()?, Action::LoginReceived).organization(organization);
        event.account = ticket.login.account().cloned();
        core.record(event);
        let finish = core.addresses.url(organization, page);
        Ok(format!("{finish}?ticket={}", token.expose()))
    }
}
