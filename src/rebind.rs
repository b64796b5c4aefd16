//! Copies SSO sessions to another credential: to the new id of an app session, or to an API token.
//!
//! A copy never lasts longer than the original session. A revocation of the original that happens at the same time must
//! not miss the copy: the comments below say how each order of events is handled.

use tower_sso_core::{
    Credential, CredentialId, LookupError, OrgId,
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

/// Moves the SSO sessions of a credential to its new id. The sessions move in every organization, and each keeps its
/// expiry. The old sessions are revoked. Both ids belong to credentials of the same kind as in the proof: to rebind a
/// token, pass the proof of the token itself.
pub(crate) async fn rebind(
    core: &Core,
    old: &CredentialId,
    proof: &FreshSession,
    new: &CredentialId,
) -> Result<InsertOutcome, LookupError> {
    let proved = proof.session();
    let [old, new] = [old, new].map(|id| Credential { id: id.clone(), kind: proved.credential.kind });
    let mut inserted = copy(core, proved, &new, Action::SessionRebound).await?;
    let mut copied = Vec::from_iter((inserted == InsertOutcome::Stored).then(|| proved.organization.clone()));
    if old == new {
        return Ok(inserted);
    }
    for session in sessions_elsewhere(core, &old, proved).await? {
        if copy(core, &session, &new, Action::SessionRebound).await? == InsertOutcome::Stored {
            copied.push(session.organization.clone());
        }
    }
    let ended = revoke::revoke_with_outcome(core, RevocationScope::Credential(old)).await?.sessions;
    for organization in copied {
        // The old credential no longer had a session in this organization: it was signed out in the meantime. The mark
        // of that revocation does not name the new credential, and therefore the copy must be revoked here.
        if !ended.iter().any(|session| session.organization == organization) {
            if organization == proved.organization {
                inserted = InsertOutcome::Revoked;
            }
            let (credential, account) = (new.clone(), proved.account.clone());
            revoke::revoke(core, RevocationScope::Session { credential, organization, account }).await?;
        }
    }
    Ok(inserted)
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

/// Returns one session of this credential in each organization, except the organization of the proved session.
async fn sessions_elsewhere(
    core: &Core,
    credential: &Credential,
    proved: &SsoSession,
) -> Result<Vec<Arc<SsoSession>>, LookupError> {
    let of = SessionsOf::Account(proved.account.clone());
    let mut list = SessionList::new(of, SESSIONS_PER_PAGE);
    let mut found: Vec<Arc<SsoSession>> = Vec::new();
    loop {
        let page = core.with_timeout(core.sessions.list(&list), "session.list").await?;
        for session in page.sessions {
            let known = |organization: &OrgId| {
                *organization == proved.organization
                    || found.iter().any(|it| it.organization == *organization)
            };
            if session.credential == *credential
                && session.account == proved.account
                && !known(&session.organization)
            {
                found.push(session);
            }
        }
        match page.next {
            Some(next) => list.after = Some(next),
            None => return Ok(found),
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
    let begun_at = core.clock.now();
    // Copy the active session, not the proved one: the provider may have ended the proved one in the meantime.
    let found = core.with_timeout(core.sessions.find(from.key()), "session.find").await?;
    let Some(active) = found.filter(|found| found.expires_at > begun_at) else {
        return Ok(InsertOutcome::Revoked);
    };
    let mut session = SsoSession::clone(&active);
    session.id = SessionId::new(random_token()?.expose());
    session.credential = credential.clone();
    session.begun_at = begun_at;
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
