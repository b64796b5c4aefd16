//! A person without an account whose identity an organization's provider has verified.

use std::time::SystemTime;

use tower_sso_core::{OrgId, Secret};

use crate::identity::VerifiedIdentity;

/// A person without an account who came by a join link and whose identity the organization's provider has verified.
/// Every check has passed: the protocol's checks, the email rules, and that the browser is the one that began the SSO
/// login. The app creates the account; see the [handbook](crate::handbook), *Join links*.
///
/// There is no public constructor, except for tests: `for_tests`, with the feature `testing`.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub(crate) organization: OrgId,
    pub(crate) identity: VerifiedIdentity,
    pub(crate) email: String,
    pub(crate) ticket: Secret<String>,
    pub(crate) claim: Secret<String>,
    pub(crate) until: SystemTime,
}

impl NewUser {
    /// Returns the organization that the person joins.
    #[must_use]
    pub fn organization(&self) -> &OrgId {
        &self.organization
    }

    /// Returns the person's verified identity at the provider.
    #[must_use]
    pub fn identity(&self) -> &VerifiedIdentity {
        &self.identity
    }

    /// Returns the person's email address, normalized. The provider vouches for it, and its domain is on the
    /// connection's list.
    ///
    /// The app may treat the address as verified only if the app itself has verified that the domain belongs to the
    /// organization, because an administrator can write any domain into the list. Otherwise, have the person verify
    /// the address (for example with a code by mail) before the app stores it as a verified address of the account.
    ///
    /// If an account has this address already, that does not prove that the account belongs to this person. The
    /// person must sign in to that account.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Returns the ticket by which [`Sso::new_user`](crate::Sso::new_user) finds this person on the app's page. It
    /// is a parameter of the page's address and a hidden field of its form. It works only in this person's browser.
    #[must_use]
    pub fn ticket(&self) -> &Secret<String> {
        &self.ticket
    }

    /// Returns the address to which the browser goes once the new account is signed in. It is an address of this
    /// site, works once, and works only in this person's browser. There the account becomes a member and gets its SSO
    /// session.
    #[must_use]
    pub fn continue_url(&self) -> &Secret<String> {
        &self.claim
    }

    /// Returns the time at which the ticket expires. The time is exclusive.
    #[must_use]
    pub fn until(&self) -> SystemTime {
        self.until
    }
}
