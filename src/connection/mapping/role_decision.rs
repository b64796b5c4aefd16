//! The result of a role mapping for one profile, and its reason: the role, the value or fallback that gave it, or why
//! it is unknown.

use std::fmt;

use crate::connection::mapping::{role::Role, values::ProfileProblem};

/// The result of a role mapping for one profile, and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleDecision {
    /// The role, or that it is unknown.
    pub outcome: RoleOutcome,
    /// The reason for the outcome.
    pub reason: RoleReason,
    /// The path of the attribute, as configured in the connection.
    pub attribute: String,
}

/// The role that a profile is mapped to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleOutcome {
    /// A value of the attribute is mapped to this role.
    Mapped(Role),
    /// No value of the attribute is mapped to a role. This is the role of the invitation, or else the connection's
    /// default role.
    Default(Role),
    /// The provider's data cannot be determined. The account keeps its current role.
    Unknown,
}

/// The reason why a profile is mapped to its role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoleReason {
    /// This value is mapped to the role, and no other value is mapped to a more privileged one.
    Matched {
        /// The value.
        value: String,
    },
    /// The attribute has values, or is an empty list, and no value is mapped to a role.
    NoMatch {
        /// The number of values.
        values: usize,
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// The profile does not have the attribute.
    NoAttribute {
        /// Where the role comes from.
        fallback: Fallback,
    },
    /// The provider left the attribute out because it would have been too long, and says that it did.
    Overage {
        /// The attribute that says that it was left out.
        marker: &'static str,
    },
    /// The profile cannot be read.
    Unreadable(ProfileProblem),
    /// The mapping gives a role that administers the organization, and a join link cannot give such a role.
    Withheld,
}

/// Where the role comes from if no value of the attribute is mapped to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// From the invitation.
    Invitation,
    /// From the connection's default role.
    DefaultRole,
}

impl RoleDecision {
    /// Returns the role that the account has from now on, or `None` if it keeps its current role.
    #[must_use]
    pub fn role(&self) -> Option<&Role> {
        match &self.outcome {
            RoleOutcome::Mapped(role) | RoleOutcome::Default(role) => Some(role),
            RoleOutcome::Unknown => None,
        }
    }
}

/// Formats a sentence for an administrator: `admin, by the value "hub-admins" of groups`.
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
