//! Receive: what the provider sent, checked, becomes a one-time ticket.

#[cfg(feature = "oidc")]
mod oidc;
#[cfg(feature = "saml")]
mod saml;

#[cfg(feature = "saml")]
pub(super) use self::saml::Posted;

use super::{
    LOGIN_LIFETIME, TICKET_LIFETIME,
    record::{Initiator, Login, TakeErrors, Ticket, ticket_key, visitor_key},
};
#[cfg(feature = "saml")]
use crate::store::{ClaimOutcome, Digest};
use crate::{
    Connection, OrgId, Sso,
    audit::{Action, AuditEvent, Reference},
    digest::random_token,
    login::{LoginError, LoginErrorKind},
    time::later,
};
use std::sync::Arc;
#[cfg(feature = "saml")]
use std::time::SystemTime;

const STATE: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

impl Sso {
    /// The connection that a login began at: of this organization, and still of the version that it was then.
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

    /// Claims what counts once, on whichever node it came in.
    #[cfg(feature = "saml")]
    pub(super) async fn claim(&self, key: &Digest, until: SystemTime) -> Result<(), LoginError> {
        let core = self.core();
        match self.within(core.one_time.claim(key, until, core.now()), "one_time.claim").await? {
            ClaimOutcome::First => Ok(()),
            ClaimOutcome::Again => Err(LoginErrorKind::SamlReplayed.into()),
            ClaimOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
        }
    }

    /// Keeps the ticket of an answer that passed every check; answers with the address to finish at.
    async fn issue_ticket(&self, ticket: Ticket) -> Result<String, LoginError> {
        let core = self.core();
        let now = core.now();
        let token = random_token()?;
        // However slow the provider was: no ticket outlives the marks of revocations since the SSO login began, nor one of
        // somebody without an account the cookie that ties it to their browser.
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
