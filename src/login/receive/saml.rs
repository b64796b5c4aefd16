//! The SAML response at the assertion consumer service.

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
            self, PendingLogin, PendingProtocol, STATE, Ticket, UnsolicitedResponse, assertion_key,
            relay_state_key, unasked_key,
        },
    },
    state::Core,
};

/// How many unsolicited responses are read for one organization from one network. For each of them a signature has to
/// be checked. A flood from one network does not shut out people in other networks.
const UNSOLICITED: Rate = Rate { burst: 60, interval: Duration::from_millis(200) };
/// How many unsolicited responses are read for one organization in total.
const UNSOLICITED_IN_ALL: Rate = Rate { burst: 600, interval: Duration::from_millis(20) };

/// The fields of the posted form.
pub(crate) struct Posted {
    /// The field `SAMLResponse`, as it came.
    pub(crate) response: String,
    pub(crate) relay_state: Option<String>,
}

/// Checks a SAML response and returns the address to which the browser goes next.
pub(crate) async fn receive_saml(
    core: &Core,
    organization: &OrgId,
    posted: &Posted,
) -> Result<String, LoginFailure> {
    let unknown = match &posted.relay_state {
        Some(relay_state) => match record::take(core, relay_state_key(relay_state), STATE).await {
            Ok(pending) => {
                let pending: PendingLogin = pending;
                let login = pending.login.clone();
                let checked = check_saml(core, organization, pending, &posted.response).await;
                return checked.map_err(|error| login.ended_by(error));
            }
            // A provider may send its own RelayState when it starts the SSO login.
            Err(error) if error.kind() == LoginErrorKind::StateUnknown => error,
            Err(error) => return Err(error.into()),
        },
        None => LoginErrorKind::SamlUnsolicited.into(),
    };
    Ok(check_unsolicited(core, organization, &posted.response, unknown).await?)
}

async fn check_saml(
    core: &Core,
    organization: &OrgId,
    pending: PendingLogin,
    response: &str,
) -> Result<String, LoginError> {
    let PendingLogin { login, protocol } = pending;
    let connection = lookups::unchanged(core, organization, &login).await?;
    let received = match (&connection.provider, protocol) {
        (Provider::Saml(provider), PendingProtocol::Saml(pending)) => {
            let addresses = sp_addresses(&core.addresses, organization);
            let asked = Some(&pending);
            provider.receive(&core.outbound, asked, &addresses, response, &core.clock).await?
        }
        #[cfg(feature = "oidc")]
        (Provider::Saml(_), PendingProtocol::Oidc(_)) | (Provider::Oidc(_), _) => {
            return Err(LoginErrorKind::ConnectionChanged.into());
        }
    };
    claim_assertion(core, &received).await?;
    issue_ticket(core, Ticket { login, identity: received.identity.0 }).await
}

/// Checks an unsolicited response (SAML profiles §4.1.5). There is no pending login that it could complete, so
/// the person who brought it has to confirm it.
async fn check_unsolicited(
    core: &Core,
    organization: &OrgId,
    response: &str,
    unknown: LoginError,
) -> Result<String, LoginError> {
    let connection = lookups::connection(core, organization).await?;
    let provider = match &connection.provider {
        Provider::Saml(provider) if provider.accepts_unsolicited() => provider,
        Provider::Saml(_) => return Err(unknown),
        #[cfg(feature = "oidc")]
        Provider::Oidc(_) => return Err(unknown),
    };
    let now = core.now();
    let network = network().map_or_else(String::new, |network| network.to_string());
    let from_here = Digest::of("tower-sso unasked rate", &[organization.as_str(), &network]);
    let in_all = Digest::of("tower-sso unasked in all", &[organization.as_str()]);
    // Check the network's limit first: a response that it refuses does not count against the limit of the
    // organization.
    if !core.limits.allows(from_here, UNSOLICITED, now)
        || !core.limits.allows(in_all, UNSOLICITED_IN_ALL, now)
    {
        return Err(LoginErrorKind::RateLimited.into());
    }
    let addresses = sp_addresses(&core.addresses, organization);
    let received = provider.receive(&core.outbound, None, &addresses, response, &core.clock).await?;
    claim_assertion(core, &received).await?;
    let version = *connection.version();
    let identity = received.identity.0;
    // Take the issue time if it is earlier. A response that was held back is then covered by the mark of a
    // revocation that came after it was issued.
    let begun_at = now.min(received.issued_at);
    let unsolicited = UnsolicitedResponse { organization: organization.clone(), version, identity, begun_at };
    let token = random_token()?;
    let until: SystemTime = later(now, TICKET_LIFETIME);
    record::keep(core, unasked_key(token.expose()), unsolicited.owner(), &unsolicited, until).await?;
    let event = AuditEvent::new(now, Reference::new()?, Action::LoginReceived);
    core.record(event.organization(organization));
    let confirm = core.addresses.url(organization, "saml/confirm");
    Ok(format!("{confirm}?ticket={}", token.expose()))
}

/// Claims an assertion, which is accepted only once (SAML profiles §4.1.4.5).
async fn claim_assertion(core: &Core, received: &Received) -> Result<(), LoginError> {
    claim_once(core, &assertion_key(&received.replay.id), received.replay.until).await
}
