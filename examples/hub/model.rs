//! Users and organizations. They come from the file. What changes is kept: users register, join, and remove addresses, and
//! administrators delete repositories.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tower_sso::{AccountId, LookupError, Membership, OrgId, Secret};

pub(crate) use crate::organization::{MemberRecord, Organization, Repository, Role, Visibility};
use crate::{emails::Emails, keep::Keep, password::PasswordHash, problem::Problem};

/// The maximum number of accounts that can be registered.
const REGISTERED: usize = 1000;

/// The kinds of records.
const USERS: &str = "user";
const EMAILS: &str = "emails";
const DELETED: &str = "deleted_repository";

pub(crate) struct Model {
    users: Vec<User>,
    /// Accounts that were registered, oldest first.
    registered: Box<[OnceLock<User>]>,
    /// The number of registered accounts. Locked while an account is being registered.
    count: Mutex<usize>,
    keep: Keep,
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

/// A registered account, as it is kept.
#[derive(Serialize, Deserialize)]
struct Registered {
    id: AccountId,
    name: String,
    emails: Vec<String>,
    hash: PasswordHash,
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
        Self { users, registered, count: Mutex::default(), keep: Keep::default(), organizations, slugs }
    }

    /// Restores what was kept.
    pub(crate) async fn read(&mut self, keep: &Keep) -> Result<(), Problem> {
        self.keep = keep.clone();
        let mut count = 0;
        for ((_, user), place) in keep.all::<Registered>(USERS).await?.into_iter().zip(&self.registered) {
            let Registered { id, name, emails, hash } = user;
            let emails = Emails::new(emails);
            drop(place.set(User { id, name, emails, hash, password: None, tokens: Vec::new() }));
            count += 1;
        }
        *self.count.get_mut() = count;
        for (id, emails) in keep.all(EMAILS).await? {
            if let Some(user) = self.user(&id.into()) {
                user.emails.set(emails);
            }
        }
        for organization in &self.organizations {
            organization.synchronized.read(&organization.id, keep).await?;
        }
        for (id, ()) in keep.all(DELETED).await? {
            if let Some((_, repository)) = id.parse().ok().and_then(|id| self.repository(id)) {
                repository.delete();
            }
        }
        Ok(())
    }

    /// Where changes are kept.
    pub(crate) fn keep(&self) -> &Keep {
        &self.keep
    }

    /// Removes an address of a user, unless it is the last one.
    pub(crate) async fn remove_email(&self, user: &User, email: &str) -> Result<(), LookupError> {
        let left = user.emails.without(email);
        self.keep.put(EMAILS, user.id.as_str(), &left).await?;
        user.emails.set(left);
        Ok(())
    }

    /// Deletes a repository.
    pub(crate) async fn delete(&self, repository: &Repository) -> Result<(), LookupError> {
        self.keep.put(DELETED, &repository.id.to_string(), &()).await?;
        repository.delete();
        Ok(())
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
    pub(crate) async fn register(
        &self,
        name: &str,
        email: &str,
        hash: PasswordHash,
    ) -> Result<Option<&User>, LookupError> {
        let mut count = self.count.lock().await;
        let Some(free) = self.registered.get(*count) else { return Ok(None) };
        if self.user_by_email(email).is_some() {
            return Ok(None);
        }
        let id = AccountId::new(format!("registered-{}", *count + 1));
        let (name, emails) = (name.to_owned(), vec![email.to_owned()]);
        let record = Registered { id: id.clone(), name: name.clone(), emails: emails.clone(), hash };
        self.keep.put(USERS, &format!("{count:06}"), &record).await?;
        *count += 1;
        let emails = Emails::new(emails);
        Ok(Some(free.get_or_init(|| User { id, name, emails, hash, password: None, tokens: Vec::new() })))
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
