//! Messages of the provider to the single logout service: logout requests, and answers to our own requests.
//!
//! The browser brings them from another site. Therefore there is no viewer. A request is accepted once.

use std::{collections::HashSet, time::Duration};

use tower_sso_core::{Digest, OrgId};
use tower_sso_saml::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::note_connection},
    connection::saml::{addresses::sp_addresses, provider::SamlProvider},
    directory::logout::{Logout, LogoutBy},
    error::{kind::LoginErrorKind, login_error::LoginError},
    limits::Rate,
    login::{
        failure::LoginFailure,
        logout::{begun_here::logout_answered, ending::end_named_sessions, tell_app::tell_app},
        onward::{Onward, back_to},
        receive::claim::claim_once,
        record::logout_request_key,
    },
    state::Core,
};

/// The maximum number of sessions that one request may name. Each leaves a mark in the store.
const MAX_NAMED_SESSIONS: usize = 100;

/// How many sessions that do not exist a provider may name for one organization. Each leaves a mark and an event, and
/// all organizations share the space for marks.
const ABSENT_SESSIONS_RATE: Rate = Rate { burst: 500, interval: Duration::from_secs(1) };

/// Processes a message to the single logout service, and returns where the browser goes.
pub(crate) async fn receive_logout(
    core: &Core,
    organization: &OrgId,
    via: LogoutVia<'_>,
) -> Result<Onward, LoginFailure> {
    let provider = saml_provider(core, organization).await?;
    let addresses = sp_addresses(&core.addresses, organization);
    match provider.receive_logout(&core.outbound, &addresses, via, &core.clock).await? {
        LogoutMessage::Request(request) => {
            Ok(end_for_provider(core, organization, &provider, &request).await?)
        }
        LogoutMessage::Answer(answer) => logout_answered(core, organization, answer).await,
    }
}

/// Ends the sessions that the provider's request names, tells the app, and answers the provider.
async fn end_for_provider(
    core: &Core,
    organization: &OrgId,
    provider: &SamlProvider,
    request: &LogoutRequest,
) -> Result<Onward, LoginError> {
    if request.sessions.len() > MAX_NAMED_SESSIONS {
        let detail = format!("{} sessions, {MAX_NAMED_SESSIONS} at most", request.sessions.len());
        return Err(LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail));
    }
    let budget = Digest::of("tower-sso logout sessions", &[organization.as_str()]);
    let named_count = u32::try_from(request.sessions.len().max(1)).unwrap_or(u32::MAX);
    if !core.limits.allows_many(budget, named_count, ABSENT_SESSIONS_RATE, core.now()) {
        let detail = "the provider named many sessions that are not there";
        return Err(LoginError::with(LoginErrorKind::RateLimited, detail));
    }
    let key = logout_request_key(organization, &request.replay.id);
    if let Err(error) = claim_once(core, organization, key, request.replay.until).await {
        // A replayed request does not count: a person who has an old request must not use up the provider's limit.
        core.limits.give_back(budget, named_count, ABSENT_SESSIONS_RATE);
        return Err(error);
    }
    // If something fails, the provider is told, and may send another request.
    let (ended, revoked) = end_named_sessions(core, organization, request).await;
    // Sessions that existed do not count. If very many people log out at the end of a day, every request is processed.
    let existing: HashSet<_> = ended.iter().map(|session| &session.idp_session).collect();
    core.limits.give_back(
        budget,
        named_count.min(u32::try_from(existing.len()).unwrap_or(u32::MAX)),
        ABSENT_SESSIONS_RATE,
    );
    let mut event = AuditEvent::new(core.now(), Reference::new()?, Action::LogoutReceived);
    // All sessions of one request belong to one user of the provider, and therefore to one account.
    event.account = ended.first().map(|session| session.account.clone());
    let logout = Logout { organization: organization.clone(), by: LogoutBy::Provider, ended };
    let told = tell_app(core, &logout).await;
    core.record(event.organization(organization));
    let outcome = if revoked && told { LogoutOutcome::Ended } else { LogoutOutcome::Failed };
    let addresses = sp_addresses(&core.addresses, organization);
    let answer = provider.answer_logout(&core.outbound, &addresses, request, outcome, &core.clock).await?;
    Ok(answer.map_or_else(|| back_to(core, &core.addresses.front_page()), Onward::from))
}

/// Returns the organization's SAML provider, even if the connection is off.
pub(crate) async fn saml_provider(core: &Core, organization: &OrgId) -> Result<SamlProvider, LoginError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection = found.ok_or(LoginErrorKind::NoConnection)?;
    note_connection(&connection, &core.keys);
    connection.saml().cloned().ok_or_else(|| LoginErrorKind::NoConnection.into())
}
