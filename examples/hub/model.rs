//! Users, organizations, repositories: who may see what, single sign-on aside. Fixed once read, but for those who join.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tower_sso::{AccountId, ConfigError, Member, OrgId, OrgSlug, Roles, Secret, Standing};

use crate::{password::PasswordHash, synchronised::Synchronised};

/// How many accounts can be registered.
const REGISTERED: usize = 1000;

pub(crate) struct Model {
    users: Vec<User>,
    /// Accounts that were made since the start, the first first. A real app has a database.
    registered: Box<[OnceLock<User>]>,
    /// How many there are: held by whoever makes one.
    count: Mutex<usize>,
    organizations: Vec<Arc<Organization>>,
    /// Present and former slugs; the value is the organization's place.
    slugs: HashMap<String, usize>,
}

pub(crate) struct User {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    /// All verified, as far as the hub goes.
    pub(crate) emails: Vec<String>,
    pub(crate) hash: PasswordHash,
    /// Kept for the sign-in page of a demonstration alone, which shows it. A real app keeps the hash and nothing else.
    pub(crate) password: Option<Secret<String>>,
    pub(crate) tokens: Vec<ConfiguredToken>,
}

/// A token that the file gives a user. Without a secret one is made, and printed when the hub starts.
#[derive(Clone)]
pub(crate) struct ConfiguredToken {
    pub(crate) name: String,
    pub(crate) secret: Option<Secret<String>>,
}

pub(crate) struct Organization {
    pub(crate) id: OrgId,
    pub(crate) slug: OrgSlug,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Those of the file; [`members`](Self::members) are all.
    pub(crate) founders: BTreeMap<AccountId, Membership>,
    /// What sign-ons brought since the start, above the file.
    pub(crate) synchronised: Synchronised,
    pub(crate) repositories: Vec<Repository>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Membership {
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
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    Private,
}

impl Model {
    pub(crate) fn new(
        users: Vec<User>,
        organizations: Vec<Organization>,
        slugs: HashMap<String, usize>,
    ) -> Self {
        let organizations = organizations.into_iter().map(Arc::new).collect();
        let registered = (0..REGISTERED).map(|_| OnceLock::new()).collect();
        Self { users, registered, count: Mutex::new(0), organizations, slugs }
    }

    /// Those of the file.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter()
    }

    fn everybody(&self) -> impl Iterator<Item = &User> {
        self.users.iter().chain(self.registered.iter().map_while(OnceLock::get))
    }

    /// Makes an account with a verified email address, unless somebody has it, or there is no more room.
    pub(crate) fn register(&self, name: &str, email: &str, hash: PasswordHash) -> Option<&User> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.registered.get(*count)?;
        if self.user_by_email(email).is_some() {
            return None;
        }
        *count += 1;
        let id = AccountId::new(format!("registered-{count}"));
        let emails = vec![email.to_owned()];
        Some(free.get_or_init(|| User {
            id,
            name: name.to_owned(),
            emails,
            hash,
            password: None,
            tokens: Vec::new(),
        }))
    }

    pub(crate) fn user(&self, id: &AccountId) -> Option<&User> {
        self.everybody().find(|user| user.id == *id)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        let email = email.trim();
        self.everybody().find(|user| user.emails.iter().any(|it| it.eq_ignore_ascii_case(email)))
    }

    pub(crate) fn organizations(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations.iter()
    }

    pub(crate) fn organization(&self, id: &OrgId) -> Option<&Arc<Organization>> {
        self.organizations.iter().find(|it| it.id == *id)
    }

    /// The organization that a slug means, whatever its case; former slugs go on to mean it.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(*self.slugs.get(&slug.to_ascii_lowercase())?)
    }

    pub(crate) fn repository(&self, id: u32) -> Option<(&Arc<Organization>, &Repository)> {
        self.organizations
            .iter()
            .flat_map(|organization| organization.repositories.iter().map(move |it| (organization, it)))
            .find(|(_, repository)| repository.id == id)
    }

    /// Organizations in which the account is more than a passer-by.
    pub(crate) fn organizations_of(&self, account: &AccountId) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations().filter(|it| it.standing(account) != Standing::NonMember)
    }
}

impl Organization {
    pub(crate) fn standing(&self, account: &AccountId) -> Standing {
        if let Some(membership) = self.membership(account) {
            Standing::Member(membership.member)
        } else if self.collaborators().contains(account) {
            Standing::ExternalCollaborator
        } else {
            Standing::NonMember
        }
    }

    pub(crate) fn membership(&self, account: &AccountId) -> Option<Membership> {
        let joined = || self.synchronised.has_joined(account).then(Membership::default);
        self.founders.get(account).copied().or_else(joined)
    }

    /// Everybody who is a member.
    pub(crate) fn members(&self) -> BTreeSet<AccountId> {
        self.synchronised.joined().into_iter().chain(self.founders.keys().cloned()).collect()
    }

    pub(crate) fn is_admin(&self, account: &AccountId) -> bool {
        self.role(account) == Some(Role::Admin)
    }

    /// The member's role: what their last sign-on brought, or the file's.
    pub(crate) fn role(&self, account: &AccountId) -> Option<Role> {
        let membership = self.membership(account)?;
        Some(self.synchronised.role(account).unwrap_or(membership.role))
    }

    /// Accounts that see some repository without being members.
    pub(crate) fn collaborators(&self) -> BTreeSet<&AccountId> {
        self.repositories.iter().flat_map(|it| &it.collaborators).collect()
    }

    /// The account's standing in words.
    pub(crate) fn standing_name(&self, account: &AccountId) -> &'static str {
        match self.standing(account) {
            Standing::Member(_) => self.role(account).map_or("member", Role::name),
            Standing::ExternalCollaborator => "external collaborator",
            Standing::ServiceAccount => "service account",
            Standing::NonMember => "not a member",
        }
    }

    /// What the account may see, single sign-on aside; nobody sees what is public.
    pub(crate) fn visible<'a>(
        &'a self,
        account: Option<&'a AccountId>,
    ) -> impl Iterator<Item = &'a Repository> {
        self.repositories.iter().filter(move |repository| self.shows(repository, account))
    }

    /// The repository of this name, if the account may see it, single sign-on aside.
    pub(crate) fn find(&self, name: &str, account: Option<&AccountId>) -> Option<&Repository> {
        self.repositories.iter().find(|it| it.name == name && self.shows(it, account))
    }

    pub(crate) fn shows(&self, repository: &Repository, account: Option<&AccountId>) -> bool {
        let admitted = |account: &AccountId| {
            self.membership(account).is_some() || repository.collaborators.contains(account)
        };
        repository.visibility == Visibility::Public || account.is_some_and(admitted)
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
