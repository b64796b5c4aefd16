//! Passes the result of an SSO login to the host: the role and the groups that the profile maps to.

use crate::{
    audit::action::Action,
    connection::{
        Connection,
        mapping::{groups::OtherGroups, role::Role},
    },
    directory::login::{ApplyOutcome, CompletedLogin},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    identity::Profile,
    lookup::LookupError,
    sso::Sso,
};

impl Sso {
    /// Returns the result of the SSO login, by the current mappings of the connection.
    pub(super) async fn log_in(
        &self,
        connection: &Connection,
        (organization, account): (&OrgId, &AccountId),
        joins: bool,
        email: String,
        profile: Profile,
    ) -> Result<CompletedLogin, LoginError> {
        let role = match connection.roles() {
            None => None,
            Some(mapping) => {
                let invitation = self.invitation(connection, organization, account).await?;
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
    pub(super) async fn apply(&self, login: &CompletedLogin) -> Result<(), LoginError> {
        let applied = self.within(self.core().directory.apply(login), "apply").await?;
        self.note_applied(login, applied)
    }

    pub(super) fn note_applied(
        &self,
        login: &CompletedLogin,
        applied: ApplyOutcome,
    ) -> Result<(), LoginError> {
        let note = |action| self.note(&login.organization, &login.account, action);
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
        &self,
        connection: &Connection,
        organization: &OrgId,
        account: &AccountId,
    ) -> Result<Option<Role>, LoginError> {
        let name = self.core().directory.invitation(organization, account);
        let Some(name) = self.within(name, "invitation").await? else { return Ok(None) };
        let role = connection.known_roles().role(&name).ok_or_else(|| {
            LookupError::new(format!("the invitation names {name:?}, which is no role of this connection"))
        });
        Ok(Some(role?))
    }
}
