//! Messages that a provider sends to the single logout service.

use std::{collections::HashSet, time::Duration};

use tower_sso_core::{Digest, OrgId, ReturnPath};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::about},
    connection::saml::{addresses::sp_addresses, provider::SamlProvider},
    directory::logout::{Logout, LogoutBy},
    error::{kind::LoginErrorKind, login_error::LoginError},
    limits::Rate,
    login::{
        failure::LoginFailure,
        logout::{begun_here::logout_answered, ending::end_named, tell_app::tell_app},
        onward::{Onward, back_to},
        receive::claim::claim_once,
        record::logout_request_key,
    },
    provider::saml::logout::message::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia},
    state::Core,
};

/// The maximum number of sessions that one request may name. Each of them leaves a mark in the store.
const MAX_SESSIONS: usize = 100;

/// How many sessions that do not exist a provider may name for one organization. Each of them leaves a mark and an
/// event, and all organizations share the room for marks.
const ABSENT: Rate = Rate { burst: 500, interval: Duration::from_secs(1) };

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

/// Ends sessions for the provider: exactly those that its request names, and each request only once.
async fn end_for_provider(
    core: &Core,
    organization: &OrgId,
    provider: &SamlProvider,
    request: &LogoutRequest,
) -> Result<Onward, LoginError> {
    if request.sessions.len() > MAX_SESSIONS {
        let detail = format!("{} sessions, {MAX_SESSIONS} at most", request.sessions.len());
        return Err(LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail));
    }
    let budget = Digest::of("tower-sso logout sessions", &[organization.as_str()]);
    let named = u32::try_from(request.sessions.len().max(1)).unwrap_or(u32::MAX);
    if !core.limits.allows_many(budget, named, ABSENT, core.now()) {
        let detail = "the provider named many sessions that are not there";
        return Err(LoginError::with(LoginErrorKind::RateLimited, detail));
    }
    let key = logout_request_key(organization, &request.replay.id);
    if let Err(error) = claim_once(core, &key, request.replay.until).await {
        // A replayed request takes nothing from the limit, so that a person who has an old request can't use up
        // the provider's limit.
        core.limits.give_back(budget, named, ABSENT);
        return Err(error);
    }
    // The provider is told what failed, and may ask again.
    let (ended, revoked) = end_named(core, organization, request).await;
    // Sessions that existed take nothing from the limit. Even if very many people leave at the end of a day, all
    // of them are signed out.
    let there: HashSet<_> = ended.iter().map(|session| &session.idp_session).collect();
    core.limits.give_back(budget, named.min(u32::try_from(there.len()).unwrap_or(u32::MAX)), ABSENT);
    let mut event = AuditEvent::new(core.now(), Reference::new()?, Action::LogoutReceived);
    // One user of the provider corresponds to one account.
    event.account = ended.first().map(|session| session.account.clone());
    let logout = Logout { organization: organization.clone(), by: LogoutBy::Provider, ended };
    let told = tell_app(core, &logout).await;
    core.record(event.organization(organization));
    let outcome = if revoked && told { LogoutOutcome::Ended } else { LogoutOutcome::Failed };
    let addresses = sp_addresses(&core.addresses, organization);
    let answer = provider.answer_logout(&core.outbound, &addresses, request, outcome, &core.clock).await?;
    Ok(answer.map_or_else(|| back_to(core, &ReturnPath::root()), Onward::from))
}

/// Returns the organization's SAML provider, even if the connection is off.
pub(crate) async fn saml_provider(core: &Core, organization: &OrgId) -> Result<SamlProvider, LoginError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection = found.ok_or(LoginErrorKind::NoConnection)?;
    about(&connection);
    connection.saml().cloned().ok_or_else(|| LoginErrorKind::NoConnection.into())
}
