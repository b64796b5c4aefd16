//! Revokes SSO sessions, removes account links, and records both.
//!
//! A revocation leaves a mark in the store for as long as an SSO login in progress can last. The mark makes the store
//! refuse the session of an SSO login that began before the revocation. Tasks that wait for the end of a session are
//! woken even if the store fails.

use tower_sso_core::{
    AccountId, LookupError, OrgId,
    internal::later,
    session::RevocationScope,
    store::{Revocation, RevokeOutcome},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    lifetimes::{CLAIM_LIFETIME, FINISH_GRACE, LOGIN_LIFETIME},
    state::Core,
};

/// Ends the SSO sessions in this scope, and the SSO logins in progress in it. Returns how many sessions ended.
pub(crate) async fn revoke(core: &Core, scope: RevocationScope) -> Result<usize, LookupError> {
    Ok(revoke_with_outcome(core, scope).await?.count)
}

/// Does the same as [`revoke`]. Returns also the sessions that ended, if the store reports them.
pub(crate) async fn revoke_with_outcome(
    core: &Core,
    scope: RevocationScope,
) -> Result<RevokeOutcome, LookupError> {
    let at = core.now();
    let mark_until = later(at, LOGIN_LIFETIME + CLAIM_LIFETIME + FINISH_GRACE);
    let revocation = Revocation::new(scope, at, mark_until);
    let revoked = core.with_timeout(core.sessions.revoke(&revocation), "session.revoke").await;
    core.end_notifier.wake(&revocation.scope);
    let revoked = revoked?;
    for event in crate::audit::revocation_events::revocation_events(at, revocation.scope, &revoked)? {
        core.record(event);
    }
    Ok(revoked)
}

/// Removes an account link and ends the account's SSO sessions in the organization. Returns whether there was a link.
pub(crate) async fn unlink(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
) -> Result<bool, LookupError> {
    revoke(core, RevocationScope::Member(organization.clone(), account.clone())).await?;
    let removed = core.with_timeout(core.links.unlink(organization, account), "links.unlink").await?;
    if removed {
        let event = AuditEvent::new(core.now(), Reference::new()?, Action::LinkRemoved);
        core.record(event.organization(organization).account(account));
    }
    Ok(removed)
}
