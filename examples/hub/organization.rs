//! An organization, its people and its repositories: who may see what, single sign-on aside.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};

use tower_sso::{
    AccountId, ConfigError, Membership, OrgId, OrgSlug, StepUp, directory::Member, roles::Roles,
};

use crate::{model::ConfiguredToken, synchronized::Synchronized};

pub(crate) struct Organization {
    pub(crate) id: OrgId,
    pub(crate) slug: OrgSlug,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whom its own tokens are of.
    pub(crate) own_account: AccountId,
    pub(crate) tokens: Vec<ConfiguredToken>,
    /// Those of the file; [`members`](Self::members) are all.
    pub(crate) founders: BTreeMap<AccountId, MemberRecord>,
    /// Programs: they see what a member sees, and nobody could log in with SSO for them.
    pub(crate) service_accounts: BTreeSet<AccountId>,
    /// What SSO logins brought since the start, above the file.
    pub(crate) synchronized: Synchronized,
    /// The role that whoever has an email address was invited with, by that address in lower case.
    pub(crate) invitations: BTreeMap<String, Role>,
    /// What deleting a repository asks of an SSO login, beyond being fresh.
    pub(crate) step_up: StepUp,
    /// Deleted ones, too: [`repositories`](Self::repositories) are those that are there.
    pub(crate) all_repositories: Vec<Repository>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct MemberRecord {
    pub(crate) role: Role,
    /// What bears on enforcement.
    pub(crate) member: Member,
}

/// The hub's own roles, the least privileged first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    Member,
    Maintainer,
    Admin,
}

impl Role {
    const ALL: [Self; 3] = [Self::Member, Self::Maintainer, Self::Admin];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Maintainer => "maintainer",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What the mappings of connections name.
    pub(crate) fn known() -> Result<Roles, ConfigError> {
        Roles::new(Self::ALL.map(Self::name), Self::Admin.name())
    }
}

pub(crate) struct Repository {
    /// Unique in the whole hub: `/api/repos/{id}`.
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) visibility: Visibility,
    pub(crate) readme: String,
    /// A bare git repository whose files are served as they are.
    pub(crate) git: Option<PathBuf>,
    /// Accounts that may see this repository without being members.
    pub(crate) collaborators: BTreeSet<AccountId>,
    pub(crate) is_deleted: AtomicBool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    Private,
}

impl Organization {
    pub(crate) fn membership_of(&self, account: &AccountId) -> Membership {
        if let Some(membership) = self.membership(account) {
            Membership::Member(membership.member)
        } else if *account == self.own_account {
            // Not bound all the same: its credential is a token of the organization's own.
            Membership::member()
        } else if self.service_accounts.contains(account) {
            Membership::ServiceAccount
        } else if self.collaborators().contains(account) {
            Membership::ExternalCollaborator
        } else {
            Membership::NonMember
        }
    }

    pub(crate) fn membership(&self, account: &AccountId) -> Option<MemberRecord> {
        let joined = || self.synchronized.has_joined(account).then(MemberRecord::default);
        self.founders.get(account).copied().or_else(joined)
    }

    /// Everybody who is a member.
    pub(crate) fn members(&self) -> BTreeSet<AccountId> {
        self.synchronized.joined().into_iter().chain(self.founders.keys().cloned()).collect()
    }

    pub(crate) fn is_admin(&self, account: &AccountId) -> bool {
        self.role(account) == Some(Role::Admin)
    }

    /// The member's role: what their last SSO login brought, or the file's.
    pub(crate) fn role(&self, account: &AccountId) -> Option<Role> {
        let membership = self.membership(account)?;
        Some(self.synchronized.role(account).unwrap_or(membership.role))
    }

    /// The role that whoever has one of these addresses was invited with.
    pub(crate) fn invitation(&self, emails: &[String]) -> Option<Role> {
        emails.iter().find_map(|email| self.invitations.get(&email.to_lowercase()).copied())
    }

    pub(crate) fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.all_repositories.iter().filter(|it| !it.is_deleted.load(Ordering::Acquire))
    }

    /// Accounts that see some repository without being members.
    pub(crate) fn collaborators(&self) -> BTreeSet<&AccountId> {
        self.repositories().flat_map(|it| &it.collaborators).collect()
    }

    /// The account's standing in words.
    pub(crate) fn standing_name(&self, account: &AccountId) -> &'static str {
        match self.membership_of(account) {
            Membership::Member(_) => self.role(account).map_or("member", Role::name),
            Membership::ExternalCollaborator => "external collaborator",
            Membership::ServiceAccount => "service account",
            Membership::NonMember => "not a member",
        }
    }

    /// What the account may see, single sign-on aside; nobody sees what is public.
    pub(crate) fn visible<'a>(
        &'a self,
        account: Option<&'a AccountId>,
    ) -> impl Iterator<Item = &'a Repository> {
        self.repositories().filter(move |repository| self.shows(repository, account))
    }

    /// The repository of this name, if the account may see it, single sign-on aside.
    pub(crate) fn find(&self, name: &str, account: Option<&AccountId>) -> Option<&Repository> {
        self.repositories().find(|it| it.name == name && self.shows(it, account))
    }

    pub(crate) fn shows(&self, repository: &Repository, account: Option<&AccountId>) -> bool {
        let admitted = |account: &AccountId| {
            self.membership(account).is_some()
                || *account == self.own_account
                || self.service_accounts.contains(account)
                || repository.collaborators.contains(account)
        };
        repository.visibility == Visibility::Public || account.is_some_and(admitted)
    }
}

impl Repository {
    pub(crate) fn delete(&self) {
        self.is_deleted.store(true, Ordering::Release);
    }
}

impl Visibility {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}
