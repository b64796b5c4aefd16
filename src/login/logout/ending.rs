//! Ends the SSO sessions that a provider's logout request names, and detects sessions that it meant but did not name
//! correctly: the provider must not be told that those ended.

use std::{collections::BTreeSet, sync::Arc};

use tokio::time::{Instant, timeout_at};
use tower_sso_core::{
    LookupError, OrgId, Protocol,
    session::{RevocationScope, SessionsOf, SsoSession},
    store::SessionList,
};
use tower_sso_saml::LogoutRequest;

use crate::{
    connection::saml::identity::link_scope,
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{failure::LoginFailure, logout::tell_app::record_failed_lookup, respond::record_refusal},
    revoke,
    state::Core,
};

/// The number of sessions in one page of a list.
const SESSIONS_PER_PAGE: usize = 100;

/// Ends the sessions that a request names, within the time limit for the lookups of one request. Returns the sessions
/// that ended, and whether every session that the request meant has ended. If one revocation fails, the others are
/// still attempted. Without a SessionIndex, a request names every session of its NameID.
pub(crate) async fn end_named_sessions(
    core: &Core,
    organization: &OrgId,
    request: &LogoutRequest,
) -> (Vec<Arc<SsoSession>>, bool) {
    let named: Vec<_> = match request.sessions.as_slice() {
        [] => vec![None],
        sessions => sessions.iter().cloned().map(Some).collect(),
    };
    let deadline = Instant::now() + core.lookup_timeout;
    let (mut ended, mut without_session, mut all_ended) = (Vec::new(), BTreeSet::new(), true);
    for idp_session in named {
        let scope = RevocationScope::Idp {
            organization: organization.clone(),
            scope: link_scope(request.scope.clone()),
            subject: request.subject.clone(),
            idp_session: idp_session.clone(),
        };
        let revoked = match timeout_at(deadline, revoke::revoke_with_outcome(core, scope.clone())).await {
            Ok(revoked) => revoked,
            Err(_) => Err(LookupError::new("session.revoke: no answer in time")),
        };
        match revoked {
            Ok(revoked) => {
                let before = ended.len();
                // Compare each session again before the app is told of it: do not rely on the store to return
                // only what was asked for.
                ended.extend(revoked.sessions.into_iter().filter(|it| scope.covers(it)));
                if ended.len() == before {
                    without_session.insert(idp_session);
                }
            }
            Err(error) => {
                all_ended = false;
                record_failed_lookup(core, organization, "session.revoke", &error);
            }
        }
    }
    // If a revocation failed, the provider is told so anyway. No further lookup is made.
    if all_ended && !without_session.is_empty() {
        all_ended = no_meant_session_is_left(core, organization, request, &without_session, deadline).await;
    }
    (ended, all_ended)
}

/// Returns whether no session is active that the request probably means, although no session ended for it. Records such
/// a session, or a failed lookup.
async fn no_meant_session_is_left(
    core: &Core,
    organization: &OrgId,
    request: &LogoutRequest,
    without_session: &BTreeSet<Option<String>>,
    deadline: Instant,
) -> bool {
    let search = find_meant_session(core, organization, request, without_session);
    let found = match timeout_at(deadline, search).await {
        Ok(found) => found,
        Err(_) => Err(LookupError::new("session.list: no answer in time")),
    };
    match found {
        Ok(None) => true,
        Ok(Some(session)) => {
            let detail = "a live session that it may mean goes on: its NameID or its SessionIndex is not \
                          the one that is named, and a transient NameID is never the same";
            let error = LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail);
            record_refusal(core, organization, &LoginFailure::from(error).for_account(&session.account));
            false
        }
        Err(error) => {
            record_failed_lookup(core, organization, "session.list", &error);
            false
        }
    }
}

/// Returns an active session that the request probably means, although it does not name it correctly. `without_session`
/// has the named SessionIndexes for which no session ended (`None`: the request has no SessionIndex). Such a session
/// has
///
/// - one of these SessionIndexes, but another NameID;
/// - the NameID in another format, if the request has no SessionIndex;
/// - the NameID, and the provider never sent a SessionIndex for it.
async fn find_meant_session(
    core: &Core,
    organization: &OrgId,
    request: &LogoutRequest,
    without_session: &BTreeSet<Option<String>>,
) -> Result<Option<Arc<SsoSession>>, LookupError> {
    for idp_session in without_session.iter().flatten() {
        let of = SessionsOf::IdpSession(organization.clone(), idp_session.clone());
        let live = find_live(core, of, request, |_| true).await?;
        if live.is_some() {
            return Ok(live);
        }
    }
    let Some(subject) = &request.subject else { return Ok(None) };
    let of = SessionsOf::Subject(organization.clone(), subject.clone());
    let names_every_session = without_session.contains(&None);
    find_live(core, of, request, |session| names_every_session || session.idp_session.is_none()).await
}

/// Returns the first active session of a list that came from the provider of the request and for which `is_meant`
/// holds.
async fn find_live(
    core: &Core,
    of: SessionsOf,
    request: &LogoutRequest,
    is_meant: impl Fn(&SsoSession) -> bool + Send,
) -> Result<Option<Arc<SsoSession>>, LookupError> {
    let mut list = SessionList::new(of, SESSIONS_PER_PAGE);
    loop {
        let page = core.with_timeout(core.sessions.list(&list), "session.list").await?;
        let found = page.sessions.into_iter().find(|it| {
            // Compare each session again: do not rely on the store to return only what was asked for.
            let of_the_provider = it.protocol == Protocol::Saml && it.scope.0 == request.scope.0;
            list.of.covers(it) && of_the_provider && it.expires_at > core.now() && is_meant(it)
        });
        match (found, page.next) {
            (None, Some(next)) => list.after = Some(next),
            (found, _) => return Ok(found),
        }
    }
}
