//! Receives a SAML response at the assertion consumer service.
//!
//! The response of a pending login leads to `finish`. An unsolicited response, if the connection accepts them, leads to
//! the confirmation page.

use std::time::{Duration, SystemTime};

use tower_sso_core::{
    Digest, OrgId,
    internal::{later, random_token},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::network},
    connection::{
        provider::Provider,
        saml::{addresses::sp_addresses, identity::Received},
    },
    error::{kind::LoginErrorKind, login_error::LoginError},
    lifetimes::TICKET_LIFETIME,
    limits::Rate,
    login::{
        failure::LoginFailure,
        lookups,
        receive::{claim::claim_once, ticket::issue_ticket},
        record::{
            self, PENDING_LOGIN_ERRORS, PendingLogin, PendingProtocol, Ticket, UnsolicitedResponse,
            assertion_key, relay_state_key, unsolicited_key,
        },
    },
    state::Core,
};

/// How many unsolicited responses are read for one organization from one network. Each costs the check of a signature.
/// A flood from one network does not lock out people in other networks.
const UNSOLICITED_NETWORK_RATE: Rate = Rate { burst: 60, interval: Duration::from_millis(200) };
/// How many unsolicited responses are read for one organization in total.
const UNSOLICITED_TOTAL_RATE: Rate = Rate { burst: 600, interval: Duration::from_millis(20) };

/// The fields of the posted form.
pub(crate) struct Posted {
    /// The field `SAMLResponse`, in base64.
    pub(crate) response: String,
    pub(crate) relay_state: Option<String>,
}

/// Receives a SAML response and returns the address to which the browser goes next, with a ticket.
pub(crate) async fn receive_saml(
    core: &Core,
    organization: &OrgId,
    posted: &Posted,
) -> Result<String, LoginFailure> {
    let no_pending_login = match &posted.relay_state {
        Some(relay_state) => {
            match record::take(core, relay_state_key(relay_state), PENDING_LOGIN_ERRORS).await {
                Ok(pending) => {
                    let pending: PendingLogin = pending;
                    let login = pending.login.clone();
                    let checked = verify_and_issue(core, organization, pending, &posted.response).await;
                    return checked.map_err(|error| login.ended_by(error));
                }
                // A provider that starts the SSO login itself may send its own RelayState.
                Err(error) if error.kind() == LoginErrorKind::StateUnknown => error,
                Err(error) => return Err(error.into()),
            }
        }
        None => LoginErrorKind::SamlUnsolicited.into(),
    };
    Ok(verify_unsolicited(core, organization, &posted.response, no_pending_login).await?)
}

/// Verifies the response of a pending login and issues the ticket.
async fn verify_and_issue(
    core: &Core,
    organization: &OrgId,
    pending: PendingLogin,
    response: &str,
) -> Result<String, LoginError> {
    let PendingLogin { login, protocol } = pending;
    let connection = lookups::unchanged_connection(core, organization, &login).await?;
    let received = match (&connection.provider, protocol) {
        (Provider::Saml(provider), PendingProtocol::Saml(pending)) => {
            let addresses = sp_addresses(&core.addresses, organization);
            let pending = Some(&pending);
            provider.receive(&core.outbound, pending, &addresses, response, &core.clock).await?
        }
        #[cfg(feature = "oidc")]
        (Provider::Saml(_), PendingProtocol::Oidc(_)) | (Provider::Oidc(_), _) => {
            return Err(LoginErrorKind::ConnectionChanged.into());
        }
    };
    claim_assertion(core, organization, &received).await?;
    issue_ticket(core, Ticket { login, identity: received.identity.0 }).await
}

/// Verifies an unsolicited response (SAML profiles §4.1.5). It answers no pending login. Therefore the person whose
/// browser brought it must confirm it. If the connection does not accept unsolicited responses, the error is
/// `no_pending_login`.
async fn verify_unsolicited(
    core: &Core,
    organization: &OrgId,
    response: &str,
    no_pending_login: LoginError,
) -> Result<String, LoginError> {
    let connection = lookups::connection(core, organization).await?;
    let provider = match &connection.provider {
        Provider::Saml(provider) if provider.accepts_unsolicited() => provider,
        Provider::Saml(_) => return Err(no_pending_login),
        #[cfg(feature = "oidc")]
        Provider::Oidc(_) => return Err(no_pending_login),
    };
    let now = core.now();
    let network = network().map_or_else(String::new, |network| network.to_string());
    let from_here = Digest::of("tower-sso unasked rate", &[organization.as_str(), &network]);
    let in_all = Digest::of("tower-sso unasked in all", &[organization.as_str()]);
    // The limit of the network comes first: a response that it refuses must not use up the limit of the organization.
    if !core.limits.allows(from_here, UNSOLICITED_NETWORK_RATE, now)
        || !core.limits.allows(in_all, UNSOLICITED_TOTAL_RATE, now)
    {
        return Err(LoginErrorKind::RateLimited.into());
    }
    let addresses = sp_addresses(&core.addresses, organization);
    let received = provider.receive(&core.outbound, None, &addresses, response, &core.clock).await?;
    claim_assertion(core, organization, &received).await?;
    let version = connection.version(&core.keys);
    let identity = received.identity.0;
    // If the response was issued earlier, the SSO login began then. An attacker who holds a response back must not
    // escape a revocation that came after the response was issued.
    let begun_at = now.min(received.issued_at);
    let revision = core.with_timeout(core.sessions.revision(Some(begun_at)), "session.revision").await?;
    let organization_id = organization.clone();
    let unsolicited =
        UnsolicitedResponse { organization: organization_id, version, identity, begun_at, revision };
    let token = random_token()?;
    let until: SystemTime = later(now, TICKET_LIFETIME);
    record::put(core, unsolicited_key(token.expose()), unsolicited.owner(), &unsolicited, until).await?;
    let event = AuditEvent::new(now, Reference::new()?, Action::LoginReceived);
    core.record(event.organization(organization));
    let confirm = core.addresses.url(organization, "saml/confirm");
    Ok(format!("{confirm}?ticket={}", token.expose()))
}

/// Claims an assertion in the store: it is accepted only once (SAML profiles §4.1.4.5).
async fn claim_assertion(core: &Core, organization: &OrgId, received: &Received) -> Result<(), LoginError> {
    let key = assertion_key(organization, &received.replay.id);
    claim_once(core, organization, key, received.replay.until).await
}
