//! The result of an SSO login: the role and the groups that the profile maps to. The app applies it; what it did is
//! recorded.

use tower_sso_core::{AccountId, LookupError, OrgId};

use crate::{
    audit::action::Action,
    connection::{
        checked::Connection,
        mapping::{groups::OtherGroups, role::Role},
    },
    directory::outcome::{ApplyOutcome, CompletedLogin},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::Profile,
    login::event::record_event,
    state::Core,
};

/// Evaluates the mappings of the connection and returns the result for the app. An account that joins gets no role that
/// administers the organization, unless the connection allows it.
pub(crate) async fn completed_login(
    core: &Core,
    connection: &Connection,
    account: &AccountId,
    is_joining: bool,
    email: String,
    profile: Profile,
) -> Result<CompletedLogin, LoginError> {
    let organization = connection.organization();
    let role = match connection.roles() {
        None => None,
        Some(mapping) => {
            let invitation = invitation(core, connection, organization, account).await?;
            let decision = if is_joining && !connection.join.admin {
                let no_role = || {
                    let detail = "each role of the connection administers the organization";
                    LoginError::with(LoginErrorKind::JoinRefused, detail)
                };
                mapping.for_join(&profile, invitation.as_ref()).ok_or_else(no_role)?
            } else {
                mapping.evaluate(&profile, invitation.as_ref())
            };
            Some(decision)
        }
    };
    let groups = connection.groups().evaluate(&profile);
    Ok(CompletedLogin {
        organization: organization.clone(),
        account: account.clone(),
        email,
        profile,
        role,
        groups,
    })
}

/// Lets the app apply the result for a member, and records which role and groups were applied.
pub(crate) async fn apply(core: &Core, login: &CompletedLogin) -> Result<(), LoginError> {
    let applied = core.with_timeout(core.directory.apply(login), "apply").await?;
    record_applied(core, login, applied)
}

/// Records which role and groups the app applied.
pub(crate) fn record_applied(
    core: &Core,
    login: &CompletedLogin,
    applied: ApplyOutcome,
) -> Result<(), LoginError> {
    let record = |action| record_event(core, &login.organization, &login.account, action);
    let reason = login.role.as_ref().map(ToString::to_string).unwrap_or_default();
    match (&login.role, applied) {
        (Some(decision), ApplyOutcome::Done) => match decision.role() {
            None => record(Action::RoleUnknown { reason })?,
            Some(role) => record(Action::RoleApplied { role: role.name().to_owned(), reason })?,
        },
        (Some(decision), ApplyOutcome::KeptLastAdmin) => {
            if decision.role().is_none() {
                record(Action::RoleUnknown { reason: reason.clone() })?;
            }
            record(Action::RoleKeptLastAdmin { reason })?;
        }
        (None, ApplyOutcome::KeptLastAdmin) => record(Action::RoleKeptLastAdmin { reason })?,
        (None, ApplyOutcome::Done) => {}
    }
    if let Some(unknown) = &login.groups.unknown {
        record(Action::GroupsUnknown { reason: unknown.to_string() })?;
    } else if !login.groups.matched.is_empty() || login.groups.others == OtherGroups::Remove {
        let (count, reason) = (login.groups.matched.len(), login.groups.to_string());
        record(Action::GroupsApplied { count, reason })?;
    }
    Ok(())
}

/// Returns the role with which the account was invited. An unknown name is an error.
async fn invitation(
    core: &Core,
    connection: &Connection,
    organization: &OrgId,
    account: &AccountId,
) -> Result<Option<Role>, LoginError> {
    let name = core.directory.invitation(organization, account);
    let Some(name) = core.with_timeout(name, "invitation").await? else { return Ok(None) };
    let role = connection.known_roles().role(&name).ok_or_else(|| {
        LookupError::new(format!("the invitation names {name:?}, which is no role of this connection"))
    });
    Ok(Some(role?))
}
