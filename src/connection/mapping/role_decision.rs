//! What a profile comes to, and why.

use std::fmt;

use super::{role::Role, values::ProfileProblem};

/// What a profile comes to, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleDecision {
    /// What it comes to.
    pub outcome: RoleOutcome,
    /// Why.
    pub reason: RoleReason,
    /// The path of the attribute, as the connection has it.
    pub attribute: String,
}

/// What a profile comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleOutcome {
    /// A value of the attribute gives this role.
    Mapped(Role),
    /// No value does: the role of the invitation, or the connection's default.
    Default(Role),
    /// It can't be told what the provider says: the account keeps the role it has.
    Unknown,
}

/// Why a profile comes to its role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleReason {
    /// This value gives it; no other gives a more privileged one.
    Matched {
        /// The value.
        value: String,
    },
    /// The attribute has values, or an empty list of them, and none gives a role.
    NoMatch {
        /// How many values.
        values: usize,
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// There is no such attribute.
    NoAttribute {
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// The provider left the attribute out because it would have been too long, and says so.
    Overage {
        /// The attribute that says so.
        marker: &'static str,
    },
    /// The profile can't be read.
    Unreadable(ProfileProblem),
    /// It gives a role that administers the organization, and a join link gives none of these.
    Withheld,
}

/// Where the role of somebody without a mapped value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The invitation.
    Invitation,
    /// The connection's default role.
    DefaultRole,
}

impl RoleDecision {
    /// The role that the account has from now on; none where it keeps the one it has.
    #[must_use]
    pub fn role(&self) -> Option<&Role> {
        match &self.outcome {
            RoleOutcome::Mapped(role) | RoleOutcome::Default(role) => Some(role),
            RoleOutcome::Unknown => None,
        }
    }
}

/// A sentence for an administrator: `admin, by the value "hub-admins" of groups`.
impl fmt::Display for RoleDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role() {
            Some(role) => write!(f, "{role}, ")?,
            None => f.write_str("unchanged, ")?,
        }
        let attribute = &self.attribute;
        match &self.reason {
            RoleReason::Matched { value } => write!(f, "by the value {value:?} of {attribute}"),
            RoleReason::NoMatch { values: 0, fallback } => write!(f, "{fallback}: {attribute} is empty"),
            RoleReason::NoMatch { values, fallback } => {
                write!(f, "{fallback}: {attribute} has {values} values, and none gives a role")
            }
            RoleReason::NoAttribute { fallback } => write!(f, "{fallback}: there is no {attribute}"),
            RoleReason::Overage { marker } => {
                write!(f, "for the provider left {attribute} out, as {marker} says")
            }
            RoleReason::Unreadable(problem) => write!(f, "for {problem}"),
            RoleReason::Withheld => f.write_str("since a join link gives no role that administers"),
        }
    }
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invitation => "by the invitation",
            Self::DefaultRole => "by default",
        })
    }
}
