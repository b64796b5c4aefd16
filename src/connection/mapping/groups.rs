//! Maps a profile to roles in resource groups: the settings, the mappings after all checks, and the result.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use serde::Deserialize;
use tower_sso_core::{ConfigError, GroupId};

use crate::{
    connection::mapping::{
        attribute::{Attribute, Read},
        role::{Role, Roles},
        values::ProfileProblem,
    },
    fingerprint::Fingerprint,
    identity::Profile,
};

/// The settings of one resource group mapping: a user whose attribute has the value gets the role in the group. They
/// are checked when the connection is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    /// The path of the attribute. See the [handbook](crate::handbook), *Roles*, for paths.
    #[serde(rename = "attribute")]
    pub attribute: String,
    /// The value, which must match exactly.
    #[serde(rename = "value")]
    pub value: String,
    /// The app's id of the resource group.
    #[serde(rename = "group")]
    pub group: String,
    /// The name of the role.
    #[serde(rename = "role")]
    pub role: String,
}

/// What happens to roles that an earlier SSO login assigned in groups that no longer match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub enum OtherGroups {
    /// The roles are kept. This is the default.
    #[default]
    #[serde(rename = "keep")]
    Keep,
    /// The roles are removed. Roles that a person assigned by hand do not come from the mapping, and are kept.
    #[serde(rename = "remove")]
    Remove,
}

impl OtherGroups {
    /// Returns the stable name: `keep` or `remove`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
        }
    }
}

/// Resource group mappings after all checks: how a profile is mapped to roles in resource groups. They are additive:
/// every mapping that matches counts.
#[derive(Debug, Default)]
pub struct GroupMapping {
    mappings: Vec<Mapping>,
    others: OtherGroups,
}

#[derive(Debug)]
struct Mapping {
    attribute: Attribute,
    value: String,
    group: GroupId,
    role: Role,
}

/// The result of the resource group mappings for one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Groups {
    /// The groups that match, each with its role, ordered by the groups' ids.
    pub matched: Vec<GroupRole>,
    /// What happens to roles that an earlier SSO login assigned in groups that are not in `matched`. The app knows
    /// which groups these are.
    pub others: OtherGroups,
    /// The reason why nothing changes, if the provider's data cannot be determined. No group matches then, and roles
    /// in all other groups are kept.
    pub unknown: Option<GroupsUnknown>,
}

/// Formats the result in words: each group with its role and the value that gave it, and what happens in the other
/// groups.
impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(unknown) = &self.unknown {
            return write!(f, "{unknown}");
        }
        for GroupRole { group, role, value } in &self.matched {
            write!(f, "{} in {group} by {value:?}, ", role.name())?;
        }
        f.write_str(match (self.matched.is_empty(), self.others) {
            (true, OtherGroups::Keep) => "no group matches, earlier roles are kept",
            (true, OtherGroups::Remove) => "no group matches, earlier roles are removed",
            (false, OtherGroups::Keep) => "roles in other groups are kept",
            (false, OtherGroups::Remove) => "roles in other groups are removed",
        })
    }
}

/// A role in a resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupRole {
    /// The group.
    pub group: GroupId,
    /// The role: the most privileged one of those that match.
    pub role: Role,
    /// The value that gave it.
    pub value: String,
}

/// The reason why the provider's data about groups cannot be determined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupsUnknown {
    /// The provider left an attribute out because it would have been too long, and says that it did.
    Overage {
        /// The path of the attribute.
        attribute: String,
        /// The attribute that says that it was left out.
        marker: &'static str,
    },
    /// The profile cannot be read.
    Unreadable(ProfileProblem),
}

impl fmt::Display for GroupsUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overage { attribute, marker } => {
                write!(f, "the provider left {attribute} out, as {marker} says")
            }
            Self::Unreadable(problem) => write!(f, "{problem}"),
        }
    }
}

impl GroupMapping {
    pub(crate) fn build(
        settings: Vec<GroupSettings>,
        others: OtherGroups,
        roles: &Roles,
    ) -> Result<Self, ConfigError> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for (index, GroupSettings { attribute, value, group, role }) in settings.into_iter().enumerate() {
            let field = |name: &str| format!("groups[{index}].{name}");
            let attribute = Attribute::parse(&field("attribute"), &attribute)?;
            if value.is_empty() {
                return Err(ConfigError::new(field("value"), "expected a value of the attribute"));
            }
            if group.is_empty() {
                return Err(ConfigError::new(field("group"), "expected the id of a resource group"));
            }
            let role = roles.named(|| field("role"), &role)?;
            let same = |it: &Mapping| {
                it.attribute.as_str() == attribute.as_str() && it.value == value && it.group.as_str() == group
            };
            if mappings.iter().any(same) {
                return Err(ConfigError::new(
                    field("value"),
                    format!("appears twice for the group {group:?}"),
                ));
            }
            mappings.push(Mapping { attribute, value, group: GroupId::new(group), role });
        }
        Ok(Self { mappings, others })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let Self { mappings, others } = self;
        let start = Fingerprint::default().with("unmatched_groups", [others.as_str()]);
        mappings.iter().fold(start, |it, Mapping { attribute, value, group, role }| {
            it.with("group_of_value", [attribute.as_str(), value, group.as_str(), role.name()])
        })
    }

    /// Returns the groups and roles that this profile is mapped to. An SSO login makes exactly this decision.
    ///
    /// If an attribute of any mapping was left out because of its length, or cannot be read, nothing changes in any
    /// group. A decision on incomplete data could take a role away.
    #[must_use]
    pub fn evaluate(&self, profile: &Profile) -> Groups {
        match self.matched(profile) {
            Ok(matched) => Groups { matched, others: self.others, unknown: None },
            Err(unknown) => Groups { matched: Vec::new(), others: OtherGroups::Keep, unknown: Some(unknown) },
        }
    }

    /// Returns the groups that match, each with the most privileged role.
    fn matched(&self, profile: &Profile) -> Result<Vec<GroupRole>, GroupsUnknown> {
        let mut read = HashMap::new();
        let mut matched: BTreeMap<&GroupId, GroupRole> = BTreeMap::new();
        for Mapping { attribute, value, group, role } in &self.mappings {
            let path = attribute.as_str();
            if !read.contains_key(path) {
                let values = match attribute.read(profile) {
                    Read::Values(values) => values,
                    Read::Absent => Vec::new(),
                    Read::Overage(marker) => {
                        return Err(GroupsUnknown::Overage { attribute: path.to_owned(), marker });
                    }
                    Read::Unreadable(problem) => return Err(GroupsUnknown::Unreadable(problem)),
                };
                read.insert(path, values);
            }
            let matches = read.get(path).is_some_and(|values| values.iter().any(|it| it == value));
            if matches && matched.get(group).is_none_or(|so_far| *role > so_far.role) {
                let (group_id, role, value) = (group.clone(), role.clone(), value.clone());
                matched.insert(group, GroupRole { group: group_id, role, value });
            }
        }
        Ok(matched.into_values().collect())
    }
}

#[cfg(test)]
mod tests;
