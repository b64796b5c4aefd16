//! Ends the sessions that a provider's logout request names.

use std::{collections::BTreeSet, sync::Arc};

use tokio::time::{Instant, timeout_at};
use tower_sso_core::{
    LookupError, OrgId, Protocol,
    session::{RevocationScope, SessionsOf, SsoSession},
    store::SessionList,
};

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{failure::LoginFailure, logout::tell_app::record_failed_lookup, respond::record_refusal},
    provider::saml::logout::message::LogoutRequest,
    revoke,
    state::Core,
};

/// The number of sessions that are asked for at once.
const SESSIONS_PER_PAGE: usize = 100;

/// Ends what a request names, within the time limit for the lookups of one request. Returns the sessions that
/// ended, and whether every session that the request meant has ended. If one revocation fails, the others are
/// still attempted.
pub(crate) async fn end_named(
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
            scope: request.scope.clone().into(),
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
                // Compare each session again before the app is told of it: do not rely on the store to return
                // only what was asked for.
                ended.extend(revoked.sessions.into_iter().filter(|it| scope.covers(it)));
                if ended.len() == before {
                    absent.insert(idp_session);
                }
            }
            Err(error) => {
                all = false;
                record_failed_lookup(core, organization, "session.revoke", &error);
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
                record_refusal(core, organization, &LoginFailure::from(error).of(&session.account));
                false
            }
            Ok(Err(error)) => {
                record_failed_lookup(core, organization, "session.list", &error);
                false
            }
            Err(_) => {
                let error = LookupError::new("session.list: no answer in time");
                record_failed_lookup(core, organization, "session.list", &error);
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
    let mut list = SessionList::new(of, SESSIONS_PER_PAGE);
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
