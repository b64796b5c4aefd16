//! Records audit events about an account. (What is stored during an SSO login is in `record`.)

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    error::login_error::LoginError,
    state::Core,
};
use tower_sso_core::{AccountId, OrgId};

/// Records an audit event about an account in an organization.
pub(crate) fn record_event(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    action: Action,
) -> Result<(), LoginError> {
    let event = AuditEvent::new(core.now(), Reference::new()?, action);
    core.record(event.organization(organization).account(account));
    Ok(())
}
