//! Passes the result of an SSO login to the host: the role and the groups that the profile maps to.

use crate::login::finish;
use crate::{
    audit::action::Action,
    connection::{
        checked::Connection,
        mapping::{groups::OtherGroups, role::Role},
    },
    directory::login::{ApplyOutcome, CompletedLogin},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    identity::Profile,
    lookup::LookupError,
    state::Core,
};

/// Returns the result of the SSO login, by the current mappings of the connection.
pub(crate) async fn log_in(
    core: &Core,
    connection: &Connection,
    (organization, account): (&OrgId, &AccountId),
    joins: bool,
    email: String,
    profile: Profile,
) -> Result<CompletedLogin, LoginError> {
    let role = match connection.roles() {
        None => None,
        Some(mapping) => {
            let invitation = invitation(core, connection, organization, account).await?;
            let decision = if joins && !connection.join.admin {
                let without = || {
                    let detail = "each role of the connection administers the organization";
                    LoginError::with(LoginErrorKind::JoinRefused, detail)
                };
                mapping.for_join(&profile, invitation.as_ref()).ok_or_else(without)?
            } else {
                mapping.dry_run(&profile, invitation.as_ref())
            };
            Some(decision)
        }
    };
    let groups = connection.groups().dry_run(&profile);
    Ok(CompletedLogin {
        organization: organization.clone(),
        account: account.clone(),
        email,
        profile,
        role,
        groups,
    })
}

/// Passes the result to the host, and records which role and groups were applied.
pub(crate) async fn apply(core: &Core, login: &CompletedLogin) -> Result<(), LoginError> {
    let applied = core.with_timeout(core.directory.apply(login), "apply").await?;
    note_applied(core, login, applied)
}

pub(crate) fn note_applied(
    core: &Core,
    login: &CompletedLogin,
    applied: ApplyOutcome,
) -> Result<(), LoginError> {
    let note = |action| finish::note(core, &login.organization, &login.account, action);
    let reason = login.role.as_ref().map(ToString::to_string).unwrap_or_default();
    match (&login.role, applied) {
        (Some(decision), ApplyOutcome::Done) => match decision.role() {
            None => note(Action::RoleUnknown { reason })?,
            Some(role) => note(Action::RoleApplied { role: role.name().to_owned(), reason })?,
        },
        (Some(decision), ApplyOutcome::KeptLastAdmin) => {
            if decision.role().is_none() {
                note(Action::RoleUnknown { reason: reason.clone() })?;
            }
            note(Action::RoleKeptLastAdmin { reason })?;
        }
        (None, ApplyOutcome::KeptLastAdmin) => note(Action::RoleKeptLastAdmin { reason })?,
        (None, ApplyOutcome::Done) => {}
    }
    if let Some(unknown) = &login.groups.unknown {
        note(Action::GroupsUnknown { reason: unknown.to_string() })?;
    } else if !login.groups.matched.is_empty() || login.groups.others == OtherGroups::Remove {
        let (count, reason) = (login.groups.matched.len(), login.groups.to_string());
        note(Action::GroupsApplied { count, reason })?;
    }
    Ok(())
}

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
