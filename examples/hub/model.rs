//! Users and organizations. They come from the file and do not change, except that users can register and join.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tower_sso::{AccountId, Membership, OrgId, Secret};

pub(crate) use crate::organization::{MemberRecord, Organization, Repository, Role, Visibility};
use crate::{emails::Emails, password::PasswordHash};

/// The maximum number of accounts that can be registered.
const REGISTERED: usize = 1000;

pub(crate) struct Model {
    users: Vec<User>,
    /// Accounts that were registered since the start, oldest first. A real app has a database.
    registered: Box<[OnceLock<User>]>,
    /// The number of registered accounts. Locked while an account is being registered.
    count: Mutex<usize>,
    organizations: Vec<Arc<Organization>>,
    /// Current and former slugs. The value is the index of the organization.
    slugs: HashMap<String, usize>,
}

pub(crate) struct User {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) emails: Emails,
    pub(crate) hash: PasswordHash,
    /// Stored only for the sign-in page of a demonstration, which shows it. A real app stores only the hash.
    pub(crate) password: Option<Secret<String>>,
    pub(crate) tokens: Vec<ConfiguredToken>,
}

/// A token of a user or an organization in the file. If it has no secret, one is generated and printed when the hub
/// starts.
#[derive(Clone)]
pub(crate) struct ConfiguredToken {
    pub(crate) name: String,
    pub(crate) secret: Option<Secret<String>>,
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

    /// The tokens in the file.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter()
    }

    fn everybody(&self) -> impl Iterator<Item = &User> {
        self.users.iter().chain(self.registered.iter().map_while(OnceLock::get))
    }

    /// Creates an account with a verified email address. Returns `None` if an account has the address, or if there is
    /// no room.
    ///
    /// The address of a new user counts as verified because the hub's operator wrote the domain lists and knows who
    /// owns the domains. If an organization's administrator writes the list, an app must have the user verify the
    /// address first.
    pub(crate) fn register(&self, name: &str, email: &str, hash: PasswordHash) -> Option<&User> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.registered.get(*count)?;
        if self.user_by_email(email).is_some() {
            return None;
        }
        *count += 1;
        let id = AccountId::new(format!("registered-{count}"));
        let emails = Emails::new(vec![email.to_owned()]);
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

    /// Returns the name of a person, or of the organization to which a token account belongs.
    pub(crate) fn name(&self, account: &AccountId) -> Option<&str> {
        let organization = || self.organizations().find(|it| it.own_account == *account);
        let person = self.user(account).map(|user| user.name.as_str());
        person.or_else(|| Some(organization()?.name.as_str()))
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&User> {
        self.everybody().find(|user| user.emails.has(email.trim()))
    }

    pub(crate) fn organizations(&self) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations.iter()
    }

    pub(crate) fn organization(&self, id: &OrgId) -> Option<&Arc<Organization>> {
        self.organizations.iter().find(|it| it.id == *id)
    }

    /// Returns the organization with this slug, ignoring case. Former slugs still find their organization.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(*self.slugs.get(&slug.to_ascii_lowercase())?)
    }

    pub(crate) fn repository(&self, id: u32) -> Option<(&Arc<Organization>, &Repository)> {
        self.organizations
            .iter()
            .flat_map(|organization| organization.repositories().map(move |it| (organization, it)))
            .find(|(_, repository)| repository.id == id)
    }

    /// Returns the organizations in which the account is not a non-member.
    pub(crate) fn organizations_of(&self, account: &AccountId) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations().filter(|it| it.membership_of(account) != Membership::NonMember)
    }
}
