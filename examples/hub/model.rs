//! Users, and the organizations they are in. Fixed once read, but for those who join.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tower_sso::{AccountId, Membership, OrgId, Secret};

pub(crate) use crate::organization::{MemberRecord, Organization, Repository, Role, Visibility};
use crate::{emails::Emails, password::PasswordHash};

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
    pub(crate) emails: Emails,
    pub(crate) hash: PasswordHash,
    /// Kept for the sign-in page of a demonstration alone, which shows it. A real app keeps the hash and nothing else.
    pub(crate) password: Option<Secret<String>>,
    pub(crate) tokens: Vec<ConfiguredToken>,
}

/// A token that the file gives a user or an organization. Without a secret one is made, and printed when the hub starts.
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

    /// Those of the file.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter()
    }

    fn everybody(&self) -> impl Iterator<Item = &User> {
        self.users.iter().chain(self.registered.iter().map_while(OnceLock::get))
    }

    /// Makes an account with a verified email address, unless somebody has it, or there is no more room.
    ///
    /// A new user's counts as one because the hub's domain lists are its operator's, who knows whose the domains are. Where an
    /// organization's administrator writes the list, an app has the person verify the address first.
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

    /// Who it is, in words: a person, or the organization whose own account it is.
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

    /// The organization that a slug means, whatever its case; former slugs go on to mean it.
    pub(crate) fn by_slug(&self, slug: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(*self.slugs.get(&slug.to_ascii_lowercase())?)
    }

    pub(crate) fn repository(&self, id: u32) -> Option<(&Arc<Organization>, &Repository)> {
        self.organizations
            .iter()
            .flat_map(|organization| organization.repositories().map(move |it| (organization, it)))
            .find(|(_, repository)| repository.id == id)
    }

    /// Organizations in which the account is more than a passer-by.
    pub(crate) fn organizations_of(&self, account: &AccountId) -> impl Iterator<Item = &Arc<Organization>> {
        self.organizations().filter(|it| it.membership_of(account) != Membership::NonMember)
    }
}
