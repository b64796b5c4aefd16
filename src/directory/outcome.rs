//! What an SSO login hands to the app ([`CompletedLogin`]), and what the app did with it.

use crate::{
    connection::mapping::{groups::Groups, role::Role, role_decision::RoleDecision},
    identity::Profile,
};
use tower_sso_core::{AccountId, OrgId, ReturnPath};

/// The result of a finished SSO login, for the app to apply.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompletedLogin {
    /// The organization.
    pub organization: OrgId,
    /// The account that logged in with SSO.
    pub account: AccountId,
    /// The verified email address that matched, in normalized form.
    pub email: String,
    /// The provider's attributes about the user.
    pub profile: Profile,
    /// The role that the mappings give, and why. `None` if the connection maps no roles.
    pub role: Option<RoleDecision>,
    /// The roles in resource groups that the mappings give.
    pub groups: Groups,
}

impl CompletedLogin {
    /// Returns the result of an SSO login through a connection without mappings. The other fields can be set afterward.
    /// An app's own tests of [`Directory::apply`](crate::Directory::apply) use this; to get the result of a mapping, use
    /// [`RoleMapping::evaluate`](crate::roles::RoleMapping::evaluate).
    ///
    /// ```
    /// # use tower_sso::{CompletedLogin, identity::Profile};
    /// let login = CompletedLogin::new("1".into(), "ada".into(), "ada@acme.example", Profile::default());
    /// assert!(login.new_role().is_none());
    /// ```
    #[must_use]
    pub fn new(organization: OrgId, account: AccountId, email: impl Into<String>, profile: Profile) -> Self {
        let (role, groups) = (None, Groups::default());
        Self { organization, account, email: email.into(), profile, role, groups }
    }

    /// Returns the role that the account has from now on, or `None` if the account keeps its current role.
    #[must_use]
    pub fn new_role(&self) -> Option<&Role> {
        self.role.as_ref().and_then(RoleDecision::role)
    }
}

/// What the app did with a [`CompletedLogin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApplyOutcome {
    /// The app applied it.
    Done,
    /// The app applied it, but the account kept its role because it is the organization's last administrator.
    KeptLastAdmin,
}

/// What the app did with an account that joins by a join link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JoinOutcome {
    /// The account is a member now.
    Done,
    /// The account is not a member: the app accepts no members by join link, or not this account.
    Refused,
}

/// Where a visitor without an account can create one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignUp {
    /// On this page of the app.
    At(ReturnPath),
    /// Nowhere: the app does not create an account for this visitor.
    Refused,
}
