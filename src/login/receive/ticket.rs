//! Issues the one-time ticket of an answer that passed every check, for both protocols.

use tower_sso_core::internal::{later, random_token};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    error::login_error::LoginError,
    lifetimes::{LOGIN_LIFETIME, TICKET_LIFETIME},
    login::record::{self, Initiator, Ticket, ticket_key, visitor_key},
    state::Core,
};

/// Stores a ticket and returns the address of the page that takes it: `finish`, or `join/finish` for a person without
/// an account.
pub(crate) async fn issue_ticket(core: &Core, ticket: Ticket) -> Result<String, LoginError> {
    let now = core.now();
    let token = random_token()?;
    // The lifetime is limited even if the provider was slow. A ticket must not outlive the marks of revocations since
    // the SSO login began. The ticket of a person without an account must not outlive the cookie that binds it to the
    // browser.
    let (key, page, most) = match ticket.login.by {
        Initiator::Account { .. } => (ticket_key(token.expose()), "finish", LOGIN_LIFETIME + TICKET_LIFETIME),
        Initiator::Visitor { .. } => (visitor_key(token.expose()), "join/finish", LOGIN_LIFETIME),
    };
    let latest = later(ticket.login.begun_at, most);
    let until = later(now, TICKET_LIFETIME).min(latest);
    record::put(core, key, ticket.login.owner(), &ticket, until).await?;
    let organization = &ticket.login.organization;
    let mut event = AuditEvent::new(now, Reference::new()?, Action::LoginReceived).organization(organization);
    event.account = ticket.login.account().cloned();
    core.record(event);
    let finish = core.addresses.url(organization, page);
    Ok(format!("{finish}?ticket={}", token.expose()))
}
