//! What an SSO login brings the host, and what the host answers.

use crate::{
    AccountId, OrgId, ReturnPath,
    identity::Profile,
    roles::{Groups, Role, RoleDecision},
};

/// What a finished SSO login brought, for the host to take.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompletedLogin {
    /// The organization.
    pub organization: OrgId,
    /// The account that logged in with SSO.
    pub account: AccountId,
    /// The verified email address that matched, normalized.
    pub email: String,
    /// What the provider said about the user.
    pub profile: Profile,
    /// The role that this comes to, and why; none where the connection maps no roles.
    pub role: Option<RoleDecision>,
    /// The roles in resource groups that this comes to.
    pub groups: Groups,
}

impl CompletedLogin {
    /// The role that the account has from now on; none where it keeps the one it has.
    #[must_use]
    pub fn new_role(&self) -> Option<&Role> {
        self.role.as_ref().and_then(RoleDecision::role)
    }
}

/// What the host did with a [`CompletedLogin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApplyOutcome {
    /// It was taken.
    Done,
    /// It was taken, but the account kept its role: it is the organization's last administrator.
    KeptLastAdmin,
}

/// What the host did with somebody who joins by a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinOutcome {
    /// They are a member.
    Done,
    /// They are not: the host takes no members by link, or not this one.
    Refused,
}

/// Where somebody without an account gets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// On this page of the host's.
    At(ReturnPath),
    /// Nowhere: the host makes nobody an account.
    Refused,
}
