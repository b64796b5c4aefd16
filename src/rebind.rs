//! Copies SSO sessions to another credential: to the new id of an app session or of a token, or to an API token.
//!
//! A copy never lasts longer than the original session. A revocation of the original that happens at the same time must
//! not miss the copy: the comments below say how each order of events is handled.

use tower_sso_core::{
    AccountId, Credential, CredentialId, LookupError,
    internal::random_token,
    session::{RevocationScope, SessionId, SessionsOf, SsoSession},
    store::{InsertOutcome, SessionList},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::AuditedConnection},
    fresh::session::FreshSession,
    revoke,
    state::Core,
};
use std::sync::Arc;

/// The number of sessions that are requested at once.
const SESSIONS_PER_PAGE: usize = 100;

/// Moves the SSO sessions that the account holds by the credential `old` to the credential `new`, in every
/// organization. Each keeps its expiry. Returns how many moved.
pub(crate) async fn rebind(
    core: &Core,
    account: &AccountId,
    old: &Credential,
    new: &Credential,
) -> Result<usize, LookupError> {
    if old == new {
        return Ok(0);
    }
    let mut copied = Vec::new();
    for session in held_sessions(core, account, old).await? {
        if copy(core, &session, new, Action::SessionRebound).await? == InsertOutcome::Stored {
            copied.push(session.organization.clone());
        }
    }
    // Not every session of the credential: another account can have used the same app session, and keeps its own. The
    // mark of this revocation also refuses the account's SSO logins that began with the old id.
    let scope = RevocationScope::AccountCredential { credential: old.clone(), account: account.clone() };
    let ended = revoke::revoke_with_outcome(core, scope).await?.sessions;
    let mut moved = 0;
    for organization in copied {
        if ended.iter().any(|session| session.organization == organization) {
            moved += 1;
            continue;
        }
        // The old credential no longer had a session in this organization: it was signed out in the meantime. The mark
        // of that revocation does not name the new credential, and therefore the copy must be revoked here.
        let (credential, account) = (new.clone(), account.clone());
        revoke::revoke(core, RevocationScope::Session { credential, organization, account }).await?;
    }
    Ok(moved)
}

/// Authorizes an API token for the organization of its owner's fresh SSO session. The authorization lasts until
/// that session's expiry, even if the owner signs out before. The session and the authorization both end earlier
/// if the connection changes, or if the sessions of the member or of the account are revoked.
pub(crate) async fn authorize_token(
    core: &Core,
    proof: &FreshSession,
    token: &CredentialId,
) -> Result<InsertOutcome, LookupError> {
    copy(core, proof.session(), &Credential::token(token.clone()), Action::TokenAuthorized).await
}

/// Returns the sessions that the account holds by this credential: one in each organization.
async fn held_sessions(
    core: &Core,
    account: &AccountId,
    credential: &Credential,
) -> Result<Vec<Arc<SsoSession>>, LookupError> {
    let mut list = SessionList::new(SessionsOf::Account(account.clone()), SESSIONS_PER_PAGE);
    let mut held: Vec<Arc<SsoSession>> = Vec::new();
    loop {
        let page = core.with_timeout(core.sessions.list(&list), "session.list").await?;
        for session in page.sessions {
            let known = held.iter().any(|it| it.organization == session.organization);
            if session.credential == *credential && session.account == *account && !known {
                held.push(session);
            }
        }
        match page.next {
            Some(next) => list.after = Some(next),
            None => return Ok(held),
        }
    }
}

/// Copies the active session with the key of `from` to another credential, and records the action.
async fn copy(
    core: &Core,
    from: &SsoSession,
    credential: &Credential,
    action: Action,
) -> Result<InsertOutcome, LookupError> {
    // The lookup below sees a revocation that happened up to now. A later revocation leaves a mark, and the store
    // then refuses the insert.
    let revision = core.with_timeout(core.sessions.revision(None), "session.revision").await?;
    let begun_at = core.clock.now();
    // Copy the active session, not `from`: the provider may have ended `from` in the meantime.
    let found = core.with_timeout(core.sessions.find(from.key()), "session.find").await?;
    // Compare the key again, because the store is not trusted to return what it was asked for.
    let Some(active) = found.filter(|found| found.key() == from.key() && found.expires_at > begun_at) else {
        return Ok(InsertOutcome::Revoked);
    };
    let mut session = SsoSession::clone(&active);
    session.id = SessionId::new(random_token()?.expose());
    session.credential = credential.clone();
    session.begun_at = begun_at;
    session.revision = revision;
    let (organization, account) = (session.organization.clone(), session.account.clone());
    let inserted = core.with_timeout(core.sessions.insert(Arc::new(session)), "session.insert").await?;
    if inserted == InsertOutcome::Stored {
        let event = AuditEvent::new(core.clock.now(), Reference::new()?, action);
        let mut event = event.organization(&organization).account(&account);
        event.credential = Some(credential.clone());
        event.connection = Some(AuditedConnection::from(&*active));
        core.record(event);
    }
    Ok(inserted)
}
