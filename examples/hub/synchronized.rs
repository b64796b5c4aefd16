//! Who joined an organization, and the roles and teams from the last SSO logins. A real app writes them to its
//! database, in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin,
    roles::{GroupId, OtherGroups},
};

use crate::model::{Organization, Role};

/// The changes from SSO logins to one organization.
#[derive(Default)]
pub(crate) struct Synchronized(Mutex<State>);

#[derive(Default)]
struct State {
    /// The accounts that joined by a join link.
    joined: BTreeSet<AccountId>,
    roles: BTreeMap<AccountId, Role>,
    teams: Teams,
}

/// The role of each account on a team.
pub(crate) type Teams = BTreeMap<(GroupId, AccountId), Role>;

impl Synchronized {
    /// Applies the role and teams of an SSO login. The organization keeps its last administrator.
    pub(crate) fn apply(&self, organization: &Organization, login: &CompletedLogin) -> ApplyOutcome {
        self.state().take(organization, login)
    }

    /// Makes the account a member, and applies the role and teams of its SSO login.
    pub(crate) fn join(&self, organization: &Organization, login: &CompletedLogin) {
        let mut state = self.state();
        state.joined.insert(login.account.clone());
        state.take(organization, login);
    }

    pub(crate) fn has_joined(&self, account: &AccountId) -> bool {
        self.state().joined.contains(account)
    }

    pub(crate) fn joined(&self) -> BTreeSet<AccountId> {
        self.state().joined.clone()
    }

    /// Returns the role from the account's last SSO login, if that login had one.
    pub(crate) fn role(&self, account: &AccountId) -> Option<Role> {
        self.state().roles.get(account).copied()
    }

    pub(crate) fn teams(&self) -> Teams {
        self.state().teams.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, organization: &Organization, login: &CompletedLogin) -> ApplyOutcome {
        let account = &login.account;
        match login.groups.others {
            OtherGroups::Keep => {}
            OtherGroups::Remove => self.teams.retain(|(_, member), _| member != account),
        }
        for group in &login.groups.matched {
            if let Some(role) = Role::named(group.role.name()) {
                self.teams.insert((group.group.clone(), account.clone()), role);
            }
        }
        let Some(role) = login.new_role().and_then(|role| Role::named(role.name())) else {
            return ApplyOutcome::Done;
        };
        // Checked and changed under one lock: if two administrators lose the role at the same time, the second one
        // keeps it.
        let role_of = |member: &AccountId| {
            let of_file = organization.founders.get(member).map(|it| it.role);
            self.roles.get(member).copied().or(of_file)
        };
        let members = organization.founders.keys().chain(&self.joined);
        let mut admins = members.filter(|member| role_of(member) == Some(Role::Admin));
        let is_last = admins.next() == Some(account) && admins.next().is_none();
        if is_last && role != Role::Admin {
            return ApplyOutcome::KeptLastAdmin;
        }
        self.roles.insert(account.clone(), role);
        ApplyOutcome::Done
    }
}
