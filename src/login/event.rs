//! Records audit events of the SSO login.

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    error::login_error::LoginError,
    state::Core,
};
use tower_sso_core::{AccountId, OrgId};

/// Records what happened to an account in an organization.
pub(crate) fn record_for(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    action: Action,
) -> Result<(), LoginError> {
    let event = AuditEvent::new(core.now(), Reference::new()?, action);
    core.record(event.organization(organization).account(account));
    Ok(())
}
