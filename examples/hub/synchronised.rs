//! Who has joined, and roles and teams as the last sign-ons brought them. A real app writes them to its database, in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tower_sso::{AccountId, Applied, GroupId, OtherGroups, SignOn};

use crate::model::{Organization, Role};

/// What sign-ons to one organization brought.
#[derive(Default)]
pub(crate) struct Synchronised(Mutex<State>);

#[derive(Default)]
struct State {
    /// By a join link.
    joined: BTreeSet<AccountId>,
    roles: BTreeMap<AccountId, Role>,
    teams: Teams,
}

/// The role of each account on a team.
pub(crate) type Teams = BTreeMap<(GroupId, AccountId), Role>;

impl Synchronised {
    /// Takes what a sign-on brought. The organization keeps its last administrator.
    pub(crate) fn apply(&self, organization: &Organization, sign_on: &SignOn) -> Applied {
        self.state().take(organization, sign_on)
    }

    /// Makes the account a member, with what its sign-on brought.
    pub(crate) fn join(&self, organization: &Organization, sign_on: &SignOn) {
        let mut state = self.state();
        state.joined.insert(sign_on.account.clone());
        state.take(organization, sign_on);
    }

    pub(crate) fn has_joined(&self, account: &AccountId) -> bool {
        self.state().joined.contains(account)
    }

    pub(crate) fn joined(&self) -> BTreeSet<AccountId> {
        self.state().joined.clone()
    }

    /// The role that the account's last sign-on brought, if one did.
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
    fn take(&mut self, organization: &Organization, sign_on: &SignOn) -> Applied {
        let account = &sign_on.account;
        match sign_on.groups.others {
            OtherGroups::Keep => {}
            OtherGroups::Remove => self.teams.retain(|(_, member), _| member != account),
        }
        for group in &sign_on.groups.matched {
            if let Some(role) = Role::named(group.role.name()) {
                self.teams.insert((group.group.clone(), account.clone()), role);
            }
        }
        let Some(role) = sign_on.new_role().and_then(|role| Role::named(role.name())) else {
            return Applied::Done;
        };
        // Asked and set under one lock: of two administrators who lose the role at once, the second keeps it.
        let role_of = |member: &AccountId| {
            let of_file = organization.founders.get(member).map(|it| it.role);
            self.roles.get(member).copied().or(of_file)
        };
        let members = organization.founders.keys().chain(&self.joined);
        let mut admins = members.filter(|member| role_of(member) == Some(Role::Admin));
        let is_last = admins.next() == Some(account) && admins.next().is_none();
        if is_last && role != Role::Admin {
            return Applied::KeptLastAdmin;
        }
        self.roles.insert(account.clone(), role);
        Applied::Done
    }
}
