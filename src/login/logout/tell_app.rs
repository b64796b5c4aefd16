//! Tells the app about a logout that the app did not start, and ends what the app signs out.

use tower_sso_core::{CredentialKind, LookupError, OrgId, session::RevocationScope};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    directory::logout::{Logout, LogoutOutcome},
    revoke,
    state::Core,
};
use std::collections::HashSet;

/// Tells the app which SSO sessions ended. If the app signs out their app sessions, ends the other SSO sessions of
/// those app sessions. Returns whether all of this succeeded. A failure is recorded; the ended sessions stay ended.
pub(crate) async fn tell_app(core: &Core, logout: &Logout) -> bool {
    if logout.ended.is_empty() {
        return true;
    }
    match core.with_timeout(core.on_logout.logged_out(logout), "logged_out").await {
        Ok(LogoutOutcome::Kept) => true,
        Ok(LogoutOutcome::SignedOut) => end_app_sessions(core, logout).await,
        Err(error) => {
            record_failed_lookup(core, &logout.organization, "logged_out", &error);
            false
        }
    }
}

/// Ends the other SSO sessions of the app sessions that the app has signed out.
async fn end_app_sessions(core: &Core, logout: &Logout) -> bool {
    let credentials = logout.ended.iter().map(|session| &session.credential);
    let app_sessions: HashSet<_> = credentials.filter(|it| it.kind == CredentialKind::Session).collect();
    let mut all_ended = true;
    for app_session in app_sessions {
        if let Err(error) =
            revoke::revoke_with_outcome(core, RevocationScope::Credential(app_session.clone())).await
        {
            record_failed_lookup(core, &logout.organization, "session.revoke", &error);
            all_ended = false;
        }
    }
    all_ended
}

/// Records a failed lookup that does not end the request.
pub(crate) fn record_failed_lookup(
    core: &Core,
    organization: &OrgId,
    verb: &'static str,
    error: &LookupError,
) {
    let action = Action::LookupFailed { verb, detail: error.to_string() };
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    let event = AuditEvent::new(core.now(), reference, action);
    core.record(event.organization(organization));
}
