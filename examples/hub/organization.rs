//! An organization, its members and its repositories, and who may see what. Single sign-on is not considered here.

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
    /// The account to which the organization's tokens belong.
    pub(crate) own_account: AccountId,
    pub(crate) tokens: Vec<ConfiguredToken>,
    /// The members in the file. [`members`](Self::members) returns all members.
    pub(crate) founders: BTreeMap<AccountId, MemberRecord>,
    /// Accounts of programs. They see what a member sees. SSO is not required for them, because no person could log in.
    pub(crate) service_accounts: BTreeSet<AccountId>,
    /// Changes from SSO logins since the start. They take precedence over the file.
    pub(crate) synchronized: Synchronized,
    /// The role in an invitation, by the invited email address in lower case.
    pub(crate) invitations: BTreeMap<String, Role>,
    /// What an SSO login must satisfy before a repository can be deleted.
    pub(crate) step_up: StepUp,
    /// All repositories, including deleted ones. [`repositories`](Self::repositories) returns those that are not
    /// deleted.
    pub(crate) all_repositories: Vec<Repository>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct MemberRecord {
    pub(crate) role: Role,
    /// Settings of the member that affect enforcement.
    pub(crate) member: Member,
}

/// The roles of the hub, the least privileged first.
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

    /// Returns the roles that a connection's mappings can name.
    pub(crate) fn known() -> Result<Roles, ConfigError> {
        Roles::new(Self::ALL.map(Self::name), Self::Admin.name())
    }
}

pub(crate) struct Repository {
    /// The id, unique in the whole hub: `/api/repos/{id}`.
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) visibility: Visibility,
    pub(crate) readme: String,
    /// A bare git repository, whose files are served unchanged.
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
            // SSO is not required for it, because its credential is a token of the organization.
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

    /// Returns all members.
    pub(crate) fn members(&self) -> BTreeSet<AccountId> {
        self.synchronized.joined().into_iter().chain(self.founders.keys().cloned()).collect()
    }

    pub(crate) fn is_admin(&self, account: &AccountId) -> bool {
        self.role(account) == Some(Role::Admin)
    }

    /// Returns the member's role: from the last SSO login, or else from the file.
    pub(crate) fn role(&self, account: &AccountId) -> Option<Role> {
        let membership = self.membership(account)?;
        Some(self.synchronized.role(account).unwrap_or(membership.role))
    }

    /// Returns the role in the invitation of one of these addresses.
    pub(crate) fn invitation(&self, emails: &[String]) -> Option<Role> {
        emails.iter().find_map(|email| self.invitations.get(&email.to_lowercase()).copied())
    }

    pub(crate) fn repositories(&self) -> impl Iterator<Item = &Repository> {
        self.all_repositories.iter().filter(|it| !it.is_deleted.load(Ordering::Acquire))
    }

    /// Returns the accounts that may see a repository without being members.
    pub(crate) fn collaborators(&self) -> BTreeSet<&AccountId> {
        self.repositories().flat_map(|it| &it.collaborators).collect()
    }

    /// Returns the account's membership in words.
    pub(crate) fn standing_name(&self, account: &AccountId) -> &'static str {
        match self.membership_of(account) {
            Membership::Member(_) => self.role(account).map_or("member", Role::name),
            Membership::ExternalCollaborator => "external collaborator",
            Membership::ServiceAccount => "service account",
            Membership::NonMember => "not a member",
        }
    }

    /// Returns the repositories that the account may see, regardless of single sign-on. Without an account, only public
    /// repositories can be seen.
    pub(crate) fn visible<'a>(
        &'a self,
        account: Option<&'a AccountId>,
    ) -> impl Iterator<Item = &'a Repository> {
        self.repositories().filter(move |repository| self.shows(repository, account))
    }

    /// Returns the repository of this name if the account may see it, regardless of single sign-on.
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
