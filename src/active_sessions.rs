//! Lists the active SSO sessions of an account or an organization, and ends a single session.
//!
//! A session is active if it has not expired and belongs to the current version of its connection. What a store returns
//! is compared again with what was asked for.

use tower_sso_core::{
    LookupError,
    session::{RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf},
    store::{SessionKey, SessionList},
};

use crate::{loop_mark::loop_key, revoke, state::Core};
use std::collections::HashMap;

/// The maximum number of sessions on a page.
const SESSIONS_PER_PAGE: usize = 100;

/// Ends one SSO session, if it is among the sessions that `of` names. `of` must name the sessions that the caller may
/// end: [`SessionsOf::Account`] for a user's own sessions, [`SessionsOf::Organization`] for the sessions in an
/// organization.
/// Earlier sessions of the same credential in that organization end too, and so does an SSO login in progress.
/// Returns whether there was such a session. A session of another account or organization gives the same answer
/// as a session that does not exist.
pub(crate) async fn end_session(core: &Core, id: &SessionId, of: &SessionsOf) -> Result<bool, LookupError> {
    let list = SessionList::new(SessionsOf::Session(id.clone()), 1);
    let found = core.with_timeout(core.sessions.list(&list), "session.list").await?;
    // Compare the id again, because the store is not trusted to return only what was asked for.
    let Some(session) = found.sessions.iter().find(|it| it.id == *id && of.covers(it)) else {
        return Ok(false);
    };
    end_one(core, session.key()).await?;
    Ok(true)
}

/// Ends the sessions of one credential of an account in an organization, and removes the mark that detects a loop of
/// SSO logins.
pub(crate) async fn end_one(core: &Core, key: SessionKey<'_>) -> Result<(), LookupError> {
    let SessionKey { credential, organization, account } = key;
    let mark = loop_key(organization, account);
    let (credential, organization, account) = (credential.clone(), organization.clone(), account.clone());
    revoke::revoke(core, RevocationScope::Session { credential, organization, account }).await?;
    // An SSO login after this is not a loop. If the mark can't be removed, the start page reports a loop once.
    drop(core.with_timeout(core.one_time.take(&mark), "one_time.take").await);
    Ok(())
}

/// Returns a page of active sessions. It leaves out sessions that have expired, and sessions that were created under an
/// earlier version of the connection.
pub(crate) async fn active(
    core: &Core,
    of: SessionsOf,
    after: Option<SessionCursor>,
) -> Result<SessionPage, LookupError> {
    let list = SessionList::new(of, SESSIONS_PER_PAGE).after(after);
    let mut page = core.with_timeout(core.sessions.list(&list), "session.list").await?;
    let now = core.now();
    page.sessions.retain(|session| list.of.covers(session) && session.expires_at > now);
    let mut connections = HashMap::new();
    for session in &page.sessions {
        if !connections.contains_key(&session.organization) {
            let found = core.with_timeout(core.connections.find(&session.organization), "connection").await?;
            connections.insert(session.organization.clone(), found);
        }
    }
    page.sessions.retain(|session| {
        let connection = connections.get(&session.organization).and_then(Option::as_ref);
        connection.is_some_and(|it| it.has_version(&core.keys, &session.connection))
    });
    Ok(page)
}
