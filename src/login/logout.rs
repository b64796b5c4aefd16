//! SAML single logout (SAML profiles §4.4): logouts that the provider requests, and logouts that begin here.

use crate::login::begin;
use crate::login::finish;
use crate::login::logged_out;
use crate::login::receive;
use crate::login::receive::saml;
use crate::login::record;
use crate::login::respond;
use crate::revoke;
use crate::sessions;
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use http::request::Parts;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference, request::about},
    credential::Credential,
    digest::{Digest, random_token},
    directory::logout::{Logout, LogoutBy},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    lifetimes::LOGIN_LIFETIME,
    limits::Rate,
    login::{
        begin::Onward,
        record::{TakeErrors, logout_key, logout_owner, logout_relay_state, logout_request_key},
    },
    lookup::LookupError,
    protocol::Protocol,
    provider::saml::{
        logout::{LogoutAnswer, LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia},
        provider::SamlProvider,
    },
    return_path::ReturnPath,
    session::{
        list::{SessionList, SessionsOf},
        sso_session::SsoSession,
        store::{RevocationScope, SessionKey},
    },
    state::Core,
    time::later,
};

/// The maximum number of sessions that one request may name. Each of them leaves a mark in the store.
const SESSIONS: usize = 100;

/// How many sessions that do not exist a provider may name for one organization. Each of them leaves a mark and an
/// event, and all organizations share the room for marks.
const ABSENT: Rate = Rate { burst: 500, interval: Duration::from_secs(1) };

/// The number of sessions that are asked for at once.
const PAGE: usize = 100;

const ANSWER: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

/// A logout that is waiting for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
struct PendingLogout {
    #[serde(rename = "relay_state")]
    relay_state: Digest,
    #[serde(rename = "account")]
    account: AccountId,
    #[serde(rename = "return_path")]
    return_path: ReturnPath,
}

/// Returns the address to which a form of the host posts to end the viewer's SSO session for the organization.
/// The session ends here and, if the provider supports single logout, also at the provider. The form's field
/// `return_to` is the path of this site to return to.
#[must_use]
pub(crate) fn logout_url(core: &Core, organization: &OrgId) -> String {
    core.addresses.url(organization, "saml/logout")
}

/// Processes a message to the single logout service, and returns where the browser goes. An error comes with the
/// return path of the logout that the message answers, if it was known.
pub(crate) async fn receive_logout(
    core: &Core,
    organization: &OrgId,
    via: LogoutVia<'_>,
) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
    let alone = |error: LoginError| (error, None);
    let provider = saml_provider(core, organization).await.map_err(alone)?;
    let addresses = saml::sp_addresses(core, organization);
    let message = provider.receive_logout(&core.outbound, &addresses, via, &core.clock).await;
    match message.map_err(alone)? {
        LogoutMessage::Request(request) => {
            end_for_provider(core, organization, &provider, &request).await.map_err(alone)
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
    if request.sessions.len() > SESSIONS {
        let detail = format!("{} sessions, {SESSIONS} at most", request.sessions.len());
        return Err(LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail));
    }
    let budget = Digest::of("tower-core logout sessions", &[organization.as_str()]);
    let named = u32::try_from(request.sessions.len().max(1)).unwrap_or(u32::MAX);
    if !core.limits.allows_many(budget, named, ABSENT, core.now()) {
        let detail = "the provider named many sessions that are not there";
        return Err(LoginError::with(LoginErrorKind::RateLimited, detail));
    }
    let key = logout_request_key(organization, &request.replay.id);
    if let Err(error) = receive::claim(core, &key, request.replay.until).await {
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
    let told = logged_out::tell_host(core, &logout).await;
    core.record(event.organization(organization));
    let outcome = if revoked && told { LogoutOutcome::Ended } else { LogoutOutcome::Failed };
    let addresses = saml::sp_addresses(core, organization);
    let answer = provider.answer_logout(&core.outbound, &addresses, request, outcome, &core.clock).await?;
    Ok(answer.map_or_else(|| back_to(core, &ReturnPath::root()), Onward::from))
}

/// Ends what a request names, within the time limit for the lookups of one request. Returns the sessions that
/// ended, and whether every session that the request meant has ended. If one revocation fails, the others are
/// still attempted.
async fn end_named(
    core: &Core,
    organization: &OrgId,
    request: &LogoutRequest,
) -> (Vec<Arc<SsoSession>>, bool) {
    let named: Vec<_> = match request.sessions.as_slice() {
        [] => vec![None],
        sessions => sessions.iter().cloned().map(Some).collect(),
    };
    let deadline = Instant::now() + core.lookup_timeout;
    let (mut ended, mut absent, mut all) = (Vec::new(), BTreeSet::new(), true);
    for idp_session in named {
        let scope = RevocationScope::Idp {
            organization: organization.clone(),
            scope: request.scope.clone(),
            subject: request.subject.clone(),
            idp_session: idp_session.clone(),
        };
        let revoked = match timeout_at(deadline, revoke::end(core, scope.clone())).await {
            Ok(revoked) => revoked,
            Err(_) => Err(LookupError::new("session.revoke: no answer in time")),
        };
        match revoked {
            Ok(revoked) => {
                let before = ended.len();
                // Compare each session again before the host is told of it: do not rely on the store to return
                // only what was asked for.
                ended.extend(revoked.sessions.into_iter().filter(|it| scope.covers(it)));
                if ended.len() == before {
                    absent.insert(idp_session);
                }
            }
            Err(error) => {
                all = false;
                logged_out::note_failed(core, organization, "session.revoke", &error);
            }
        }
    }
    // If a revocation failed, the failure is reported, and no further lookup is made.
    if all && !absent.is_empty() {
        all = match timeout_at(deadline, meant_and_live(core, organization, request, &absent)).await {
            Ok(Ok(None)) => true,
            Ok(Ok(Some(session))) => {
                let detail = "a live session that it may mean goes on: its NameID or its SessionIndex is not \
                              the one that is named, and a transient NameID is never the same";
                let error = LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail);
                respond::record_refusal(core, organization, &error.of(&session.account));
                false
            }
            Ok(Err(error)) => {
                logged_out::note_failed(core, organization, "session.list", &error);
                false
            }
            Err(_) => {
                let error = LookupError::new("session.list: no answer in time");
                logged_out::note_failed(core, organization, "session.list", &error);
                false
            }
        };
    }
    (ended, all)
}

/// Finds a live session that the request may mean although no session ended for it. This is a session that has
/// the SessionIndex but another NameID; or, if the request has no SessionIndex, one that has the NameID in any
/// format; or one that has the NameID and for which the provider never sent a SessionIndex.
async fn meant_and_live(
    core: &Core,
    organization: &OrgId,
    request: &LogoutRequest,
    absent: &BTreeSet<Option<String>>,
) -> Result<Option<Arc<SsoSession>>, LookupError> {
    for idp_session in absent.iter().flatten() {
        let of = SessionsOf::IdpSession(organization.clone(), idp_session.clone());
        let live = live(core, of, request, |_| true).await?;
        if live.is_some() {
            return Ok(live);
        }
    }
    let Some(subject) = &request.subject else { return Ok(None) };
    let of = SessionsOf::Subject(organization.clone(), subject.clone());
    let all = absent.contains(&None);
    live(core, of, request, |session| all || session.idp_session.is_none()).await
}

/// Returns the first live session of a list that came from the provider of the request and for which `is_such`
/// holds.
async fn live(
    core: &Core,
    of: SessionsOf,
    request: &LogoutRequest,
    is_such: impl Fn(&SsoSession) -> bool + Send,
) -> Result<Option<Arc<SsoSession>>, LookupError> {
    let mut list = SessionList { of, after: None, limit: PAGE };
    loop {
        let page = core.with_timeout(core.sessions.list(&list), "session.list").await?;
        let found = page.sessions.into_iter().find(|it| {
            // Compare each session again: do not rely on the store to return only what was asked for.
            let of_the_provider = it.protocol == Protocol::Saml && it.scope.0 == request.scope.0;
            list.of.covers(it) && of_the_provider && it.expires_at > core.now() && is_such(it)
        });
        match (found, page.next) {
            (None, Some(next)) => list.after = Some(next),
            (found, _) => return Ok(found),
        }
    }
}

/// Processes the provider's answer to a logout that began here. It is accepted once, and only for the
/// organization that asked.
async fn logout_answered(
    core: &Core,
    organization: &OrgId,
    answer: LogoutAnswer,
) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
    let taken = record::take(core, logout_key(organization, &answer.in_response_to), ANSWER).await;
    let pending: PendingLogout = taken.map_err(|error| (error, None))?;
    let PendingLogout { relay_state, account, return_path } = pending;
    let other = answer.relay_state.is_some_and(|it| logout_relay_state(&it) != relay_state);
    let noted = match answer.refused {
        _ if other => Err(LoginError::with(LoginErrorKind::SamlInResponseToWrong, "another RelayState")),
        Some(refused) => Err(refused),
        None => finish::note(core, organization, &account, Action::LogoutFinished),
    };
    match noted {
        Ok(()) => Ok(back_to(core, &return_path)),
        // The session here had ended before the provider was asked.
        Err(error) => Err((error.of(&account).ended_here(), Some(return_path))),
    }
}

/// Ends the viewer's SSO session here, whatever the provider does. Then asks the provider to end its own session.
/// If there is nothing to ask, the browser goes back.
pub(crate) async fn begin_logout(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    back: ReturnPath,
) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
    let (account, credential) = begin::signed_in(core, parts).await.map_err(|error| (error, None))?;
    let ended = end_viewers(core, organization, (&account, &credential)).await;
    let Some(session) = ended.map_err(|error| (error.of(&account), None))? else {
        return Ok(back_to(core, &back));
    };
    let asked = ask_to_end(core, &session, back.clone()).await;
    asked.map_err(|error| (error.of(&account).ended_here(), Some(back)))
}

/// Ends the viewer's SSO session here and returns it.
async fn end_viewers(
    core: &Core,
    organization: &OrgId,
    (account, credential): (&AccountId, &Credential),
) -> Result<Option<Arc<SsoSession>>, LoginError> {
    let key = SessionKey { credential, organization, account };
    let found = core.with_timeout(core.sessions.find(key), "session.find").await?;
    // Compare every part again: do not rely on the store to return only what was asked for.
    let found = found.filter(|it| {
        it.credential == *credential && it.organization == *organization && it.account == *account
    });
    let Some(session) = found else { return Ok(None) };
    sessions::end_one(core, key).await?;
    let ended = vec![Arc::clone(&session)];
    // If the host fails, that is recorded. The provider is asked all the same.
    logged_out::tell_host(core, &Logout { organization: organization.clone(), by: LogoutBy::Viewer, ended })
        .await;
    finish::note(core, organization, account, Action::LogoutBegun)?;
    Ok(Some(session))
}

/// Asks the provider to end its own session, if the session still belongs to the current version of the
/// connection.
async fn ask_to_end(core: &Core, session: &SsoSession, back: ReturnPath) -> Result<Onward, LoginError> {
    let organization = &session.organization;
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection = found.filter(|it| *it.version() == session.connection);
    let Some(connection) = connection.filter(|_| session.expires_at > core.now()) else {
        return Ok(back_to(core, &back));
    };
    let Some(provider) = connection.saml() else { return Ok(back_to(core, &back)) };
    let addresses = saml::sp_addresses(core, organization);
    let who = (&session.scope, session.subject.as_str(), session.idp_session.as_deref());
    // The provider's answer is matched by the ID of the request, which is signed. If the answer has a RelayState,
    // it must be this one.
    let relay_state = random_token()?;
    let asked =
        provider.begin_logout(&core.outbound, &addresses, who, relay_state.expose(), &core.clock).await?;
    let Some((id, outgoing)) = asked else { return Ok(back_to(core, &back)) };
    let pending = PendingLogout {
        relay_state: logout_relay_state(relay_state.expose()),
        account: session.account.clone(),
        return_path: back,
    };
    let owner = logout_owner(&session.credential);
    let until = later(core.now(), LOGIN_LIFETIME);
    record::keep(core, logout_key(organization, &id), owner, &pending, until).await?;
    Ok(outgoing.into())
}

/// Returns the organization's SAML provider, even if the connection is off.
pub(crate) async fn saml_provider(core: &Core, organization: &OrgId) -> Result<SamlProvider, LoginError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    let connection = found.ok_or(LoginErrorKind::NoConnection)?;
    about(&connection);
    connection.saml().cloned().ok_or_else(|| LoginErrorKind::NoConnection.into())
}

fn back_to(core: &Core, path: &ReturnPath) -> Onward {
    Onward::Here(core.addresses.of_path(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{digest_of, is_kept_as};

    #[test]
    fn a_pending_logout_is_kept_under_these_names() {
        let pending = PendingLogout {
            relay_state: serde_json::from_str(&digest_of(7)).unwrap(),
            account: "ada".into(),
            return_path: ReturnPath::root(),
        };
        let kept = format!(r#"{{"relay_state":{},"account":"ada","return_path":"/"}}"#, digest_of(7));
        is_kept_as(&pending, &kept);
    }
}
