//! What a sign-on brings the host: the role and the groups that the profile comes to.

use crate::{
    AccountId, Action, Applied, Connection, LoginError, LoginErrorKind, LookupError, OrgId, OtherGroups,
    Profile, Role, SignOn, Sso,
};

impl Sso {
    /// What the sign-on brings, by the connection's mappings as they are now.
    pub(super) async fn sign_on(
        &self,
        connection: &Connection,
        (organization, account): (&OrgId, &AccountId),
        joins: bool,
        email: String,
        profile: Profile,
    ) -> Result<SignOn, LoginError> {
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
        Ok(SignOn {
            organization: organization.clone(),
            account: account.clone(),
            email,
            profile,
            role,
            groups,
        })
    }

    /// Hands it to the host, and records what became of roles and groups.
    pub(super) async fn apply(&self, sign_on: &SignOn) -> Result<(), LoginError> {
        let applied = self.within(self.core().directory.apply(sign_on), "apply").await?;
        self.note_applied(sign_on, applied)
    }

    pub(super) fn note_applied(&self, sign_on: &SignOn, applied: Applied) -> Result<(), LoginError> {
        let note = |action| self.note(&sign_on.organization, &sign_on.account, action);
        let reason = sign_on.role.as_ref().map(ToString::to_string).unwrap_or_default();
        match (&sign_on.role, applied) {
            (Some(decision), Applied::Done) => match decision.role() {
                None => note(Action::RoleUnknown { reason })?,
                Some(role) => note(Action::RoleApplied { role: role.name().to_owned(), reason })?,
            },
            (Some(decision), Applied::KeptLastAdmin) => {
                if decision.role().is_none() {
                    note(Action::RoleUnknown { reason: reason.clone() })?;
                }
                note(Action::RoleKeptLastAdmin { reason })?;
            }
            (None, Applied::KeptLastAdmin) => note(Action::RoleKeptLastAdmin { reason })?,
            (None, Applied::Done) => {}
        }
        if let Some(unknown) = &sign_on.groups.unknown {
            note(Action::GroupsUnknown { reason: unknown.to_string() })?;
        } else if !sign_on.groups.matched.is_empty() || sign_on.groups.others == OtherGroups::Remove {
            let (count, reason) = (sign_on.groups.matched.len(), sign_on.groups.to_string());
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
