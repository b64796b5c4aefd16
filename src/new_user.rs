//! Somebody without an account whom an organization's provider vouched for.

use std::time::SystemTime;

use crate::{OrgId, Secret, identity::VerifiedIdentity};

/// Somebody without an account, who came by a join link and whom the organization's provider vouched for, after every
/// check: the protocol's, the email rules', and that they are in the browser that began. The host makes them an
/// account; see [`joining`](crate::handbook::joining).
///
/// There is no public way to make one.
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
    /// The organization that they join.
    #[must_use]
    pub fn organization(&self) -> &OrgId {
        &self.organization
    }

    /// Who they are at the provider.
    #[must_use]
    pub fn identity(&self) -> &VerifiedIdentity {
        &self.identity
    }

    /// Their email address, normalized: the provider vouches for it, and it is of a domain on the connection's list.
    ///
    /// It counts as verified only where the app itself has verified that the domain is the organization's: a list is what an
    /// administrator wrote into it. Otherwise have the person verify it (a code by mail) before the account gets it as a
    /// verified one.
    ///
    /// An account that has it already is not theirs by that: they sign in to it themselves.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// What [`Sso::new_user`](crate::Sso::new_user) finds them by, on the host's page: a parameter of its address and a
    /// hidden field of its form. Of use in their browser alone.
    #[must_use]
    pub fn ticket(&self) -> &Secret<String> {
        &self.ticket
    }

    /// Where the browser goes once the new account is signed in: an address of this site, of use once and in their browser
    /// alone. There the account becomes a member and has its SSO session.
    #[must_use]
    pub fn claim(&self) -> &Secret<String> {
        &self.claim
    }

    /// Until when. Exclusive.
    #[must_use]
    pub fn until(&self) -> SystemTime {
        self.until
    }
}
