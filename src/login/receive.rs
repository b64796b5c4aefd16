//! Receive: what the provider sent, checked, becomes a one-time ticket.

#[cfg(feature = "oidc")]
mod oidc;
#[cfg(feature = "saml")]
mod saml;

#[cfg(feature = "saml")]
pub(super) use self::saml::Posted;

use super::{
    LOGIN_LIFETIME, TICKET_LIFETIME,
    record::{Kinds, Login, Ticket, ticket_key},
};
use crate::{
    Action, AuditEvent, LoginError, LoginErrorKind, Reference, Sso, digest::random_token, time::later,
};

const STATE: Kinds = Kinds {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

impl Sso {
    /// Keeps the ticket of an answer that passed every check; answers with the address to finish at.
    async fn issue_ticket(&self, ticket: Ticket) -> Result<String, LoginError> {
        let core = self.core();
        let now = core.now();
        let token = random_token()?;
        let key = ticket_key(token.expose());
        // However slow the provider was: no ticket outlives the marks of revocations since the sign-on began.
        let latest = later(ticket.login.begun_at, LOGIN_LIFETIME + TICKET_LIFETIME);
        let until = later(now, TICKET_LIFETIME).min(latest);
        self.keep(key, ticket.login.owner(), &ticket, until).await?;
        let Login { organization, account, .. } = &ticket.login;
        let event = AuditEvent::new(now, Reference::new()?, Action::LoginReceived);
        core.audit.record(&event.organization(organization).account(account));
        let finish = core.addresses.url(organization, "finish");
        Ok(format!("{finish}?ticket={}", token.expose()))
    }
}
