//! Who joined an organization, and the roles and teams from the last SSO logins.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, LookupError, OrgId,
    roles::{GroupId, OtherGroups},
};

use crate::{
    keep::Keep,
    model::{Organization, Role},
    problem::Problem,
};

/// The kind of these records. The key is the organization's id.
const KIND: &str = "synchronized";

/// The changes from SSO logins to one organization.
#[derive(Default)]
pub(crate) struct Synchronized {
    state: Mutex<State>,
    /// Held while a change is written, so that the last one that is written is the last one that was made.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    /// The accounts that joined by a join link.
    joined: BTreeSet<AccountId>,
    roles: BTreeMap<AccountId, Role>,
    teams: Teams,
}

/// The role of each account on a team.
pub(crate) type Teams = BTreeMap<(GroupId, AccountId), Role>;

impl Synchronized {
    /// Restores what was kept.
    pub(crate) async fn read(&self, organization: &OrgId, keep: &Keep) -> Result<(), Problem> {
        if let Some(record) = keep.one::<Record>(KIND, organization.as_str()).await? {
            *self.state() = record.into();
        }
        Ok(())
    }

    /// Applies the role and teams of an SSO login. The organization keeps its last administrator.
    pub(crate) async fn apply(
        &self,
        organization: &Organization,
        login: &CompletedLogin,
        keep: &Keep,
    ) -> Result<ApplyOutcome, LookupError> {
        self.change(organization, keep, |state| state.take(organization, login)).await
    }

    /// Makes the account a member, and applies the role and teams of its SSO login.
    pub(crate) async fn join(
        &self,
        organization: &Organization,
        login: &CompletedLogin,
        keep: &Keep,
    ) -> Result<(), LookupError> {
        let join = |state: &mut State| {
            state.joined.insert(login.account.clone());
            state.take(organization, login);
        };
        self.change(organization, keep, join).await
    }

    /// Makes a change: it is written first, and counts then.
    async fn change<T>(
        &self,
        organization: &Organization,
        keep: &Keep,
        change: impl FnOnce(&mut State) -> T,
    ) -> Result<T, LookupError> {
        let _turn = self.turn.lock().await;
        let mut changed = self.state().clone();
        let answer = change(&mut changed);
        keep.put(KIND, organization.id.as_str(), &Record::from(&changed)).await?;
        *self.state() = changed;
        Ok(answer)
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The changes as they are kept. Roles have their names; a role that the hub no longer has is left out.
#[derive(Serialize, Deserialize)]
struct Record {
    joined: BTreeSet<AccountId>,
    roles: Vec<(AccountId, String)>,
    teams: Vec<(GroupId, AccountId, String)>,
}

impl From<&State> for Record {
    fn from(state: &State) -> Self {
        let roles = state.roles.iter().map(|(account, role)| (account.clone(), role.name().to_owned()));
        let teams = state
            .teams
            .iter()
            .map(|((team, account), role)| (team.clone(), account.clone(), role.name().to_owned()));
        Self { joined: state.joined.clone(), roles: roles.collect(), teams: teams.collect() }
    }
}

impl From<Record> for State {
    fn from(record: Record) -> Self {
        let roles =
            record.roles.into_iter().filter_map(|(account, role)| Some((account, Role::named(&role)?)));
        let teams = record.teams.into_iter();
        let teams = teams.filter_map(|(team, account, role)| Some(((team, account), Role::named(&role)?)));
        Self { joined: record.joined, roles: roles.collect(), teams: teams.collect() }
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
