//! The roles in resource groups that a profile gives.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use serde::Deserialize;

use super::{
    attribute::{Attribute, Read},
    role::{Role, Roles},
};
use crate::{ConfigError, GroupId, Profile, ProfileProblem};

/// One resource group mapping, as it is written down: whoever has the value has the role in the group. Checked when
/// the connection is built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    /// The path of the attribute. See [`roles`](crate::roles) for paths.
    pub attribute: String,
    /// The value, which must match exactly.
    pub value: String,
    /// The host's id of the resource group.
    pub group: String,
    /// The name of the role.
    pub role: String,
}

/// What becomes of roles that an earlier sign-on gave in groups that match no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherGroups {
    /// They stay. The default.
    #[default]
    Keep,
    /// They go. Roles in groups that somebody gave by hand are not the mapping's, and stay.
    Remove,
}

/// How a profile becomes roles in resource groups, checked. Additive: every mapping that matches counts.
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

/// What a profile comes to in resource groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Groups {
    /// The groups that match, each with its role, by the order of their ids.
    pub matched: Vec<GroupRole>,
    /// What becomes of roles that an earlier sign-on gave in groups that are not among them. Which those are, the
    /// host knows.
    pub others: OtherGroups,
    /// Why nothing changes, if it can't be told what the provider says: none matches then, and the others are kept.
    pub unknown: Option<GroupsUnknown>,
}

/// In words: each group with its role and the value that gave it, and what becomes of the others.
impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(unknown) = &self.unknown {
            return write!(f, "{unknown}");
        }
        for GroupRole { group, role, value } in &self.matched {
            write!(f, "{} in {group} by {value:?}, ", role.name())?;
        }
        f.write_str(match (self.matched.is_empty(), self.others) {
            (true, OtherGroups::Keep) => "no group matches, what was given stays",
            (true, OtherGroups::Remove) => "no group matches, what was given goes",
            (false, OtherGroups::Keep) => "others stay",
            (false, OtherGroups::Remove) => "others go",
        })
    }
}

/// A role in a resource group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupRole {
    /// The group.
    pub group: GroupId,
    /// The role: the most privileged of those that match.
    pub role: Role,
    /// The value that gave it.
    pub value: String,
}

/// Why it can't be told what the provider says about groups.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupsUnknown {
    /// The provider left an attribute out because it would have been too long, and says so.
    Overage {
        /// The path of the attribute.
        attribute: String,
        /// The attribute that says so.
        marker: &'static str,
    },
    /// The profile can't be read.
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
    pub(in crate::connection) fn build(
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
                    format!("stands twice for the group {group:?}"),
                ));
            }
            mappings.push(Mapping { attribute, value, group: GroupId::new(group), role });
        }
        Ok(Self { mappings, others })
    }

    /// What this profile would come to. A sign-on does just this.
    ///
    /// If an attribute of any mapping was left out for its length, or can't be read, nothing changes in any group:
    /// half of what the provider says could take a role away.
    #[must_use]
    pub fn dry_run(&self, profile: &Profile) -> Groups {
        match self.matched(profile) {
            Ok(matched) => Groups { matched, others: self.others, unknown: None },
            Err(unknown) => Groups { matched: Vec::new(), others: OtherGroups::Keep, unknown: Some(unknown) },
        }
    }

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
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn one(attribute: &str, value: &str, group: &str, role: &str) -> GroupSettings {
        let [attribute, value, group, role] = [attribute, value, group, role].map(str::to_owned);
        GroupSettings { attribute, value, group, role }
    }

    fn settings() -> Vec<GroupSettings> {
        vec![
            one("groups", "devs", "rockets", "write"),
            one("groups", "devs", "website", "read"),
            one("groups", "web", "website", "write"),
            one("department", "web", "website", "contributor"),
            one("department", "flight", "rockets", "admin"),
        ]
    }

    fn decide(profile: Value, others: OtherGroups) -> Groups {
        let mapping = GroupMapping::build(settings(), others, &Roles::default()).unwrap();
        mapping.dry_run(&serde_json::from_value(profile).unwrap())
    }

    fn said(groups: &Groups) -> Vec<String> {
        groups.matched.iter().map(|it| format!("{}: {} by {}", it.group, it.role, it.value)).collect()
    }

    #[test]
    fn every_match_counts_and_the_highest_of_one_group() {
        for (profile, expected) in [
            (json!({"groups": ["devs"]}), &["rockets: write by devs", "website: read by devs"][..]),
            (json!({"groups": "web"}), &["website: write by web"]),
            (json!({"groups": ["web", "devs"]}), &["rockets: write by devs", "website: write by web"]),
            (
                json!({"groups": ["devs"], "department": "web"}),
                &["rockets: write by devs", "website: contributor by web"],
            ),
            (
                json!({"groups": ["devs"], "department": "flight"}),
                &["rockets: admin by flight", "website: read by devs"],
            ),
            (json!({"groups": ["Devs", "dev"]}), &[]),
            (json!({"groups": []}), &[]),
            (json!({}), &[]),
        ] {
            for others in [OtherGroups::Keep, OtherGroups::Remove] {
                let groups = decide(profile.clone(), others);
                assert_eq!(said(&groups), expected, "{profile}");
                assert_eq!((groups.others, groups.unknown), (others, None), "{profile}");
            }
        }
    }

    #[test]
    fn what_can_not_be_told_changes_nothing_in_any_group() {
        for (profile, says) in [
            (
                json!({"department": "flight", "_claim_names": {"groups": "s"}}),
                "the provider left groups out, as _claim_names says",
            ),
            (
                json!({"department": "flight", "hasgroups": true}),
                "the provider left groups out, as hasgroups says",
            ),
            (
                json!({"groups": ["devs"], "department": {}}),
                "department: expected a text or a list of texts, found an object",
            ),
        ] {
            let groups = decide(profile.clone(), OtherGroups::Remove);
            assert_eq!((said(&groups).len(), groups.others), (0, OtherGroups::Keep), "{profile}");
            assert_eq!(groups.unknown.unwrap().to_string(), says);
        }
    }

    #[test]
    fn no_mapping_gives_none() {
        let mapping = GroupMapping::build(Vec::new(), OtherGroups::Remove, &Roles::default()).unwrap();
        let profile = serde_json::from_value(json!({"groups": {}, "hasgroups": true})).unwrap();
        let nothing = Groups { others: OtherGroups::Remove, ..Groups::default() };
        assert_eq!(mapping.dry_run(&profile), nothing);
    }

    #[test]
    fn bad_settings_are_refused_by_the_fields_path() {
        for (settings, field) in [
            (one("", "a", "g", "read"), "groups[1].attribute"),
            (one("$[", "a", "g", "read"), "groups[1].attribute"),
            (one("groups", "", "g", "read"), "groups[1].value"),
            (one("groups", "a", "", "read"), "groups[1].group"),
            (one("groups", "a", "g", "owner"), "groups[1].role"),
            (one("groups", "devs", "rockets", "read"), "groups[1].value"),
        ] {
            let all = vec![one("groups", "devs", "rockets", "write"), settings.clone()];
            let error = GroupMapping::build(all, OtherGroups::Keep, &Roles::default()).unwrap_err();
            assert_eq!(error.field(), field, "{settings:?}: {error}");
        }
    }

    #[test]
    fn it_says_in_words_what_it_comes_to() {
        for (profile, others, says) in [
            (
                json!({"groups": ["devs"]}),
                OtherGroups::Remove,
                "write in rockets by \"devs\", read in website by \"devs\", others go",
            ),
            (json!({"groups": ["web"]}), OtherGroups::Keep, "write in website by \"web\", others stay"),
            (json!({}), OtherGroups::Remove, "no group matches, what was given goes"),
            (json!({}), OtherGroups::Keep, "no group matches, what was given stays"),
            (
                json!({"hasgroups": true}),
                OtherGroups::Remove,
                "the provider left groups out, as hasgroups says",
            ),
        ] {
            assert_eq!(decide(profile, others).to_string(), says);
        }
    }

    const ROLES: [&str; 4] = ["read", "contributor", "write", "admin"];

    proptest! {
        /// Whatever the mappings and in whatever order: each group that any of them gives has the highest role of those
        /// that match, and no other group has one.
        #[test]
        fn each_group_has_the_highest_role_that_matches(
            mappings in prop::collection::btree_set(("[ab]", "[a-d]{1,2}", "[g-i]"), 0..12),
            roles in prop::collection::vec(0..4_usize, 12),
            values in prop::collection::vec("[a-d]{0,2}", 0..5),
            others in prop::collection::vec("[a-d]{1,2}", 0..3),
        ) {
            let mappings: Vec<_> = mappings.into_iter().zip(roles).collect();
            let settings = |order: &dyn Fn(&mut Vec<GroupSettings>)| {
                let mut all: Vec<_> =
                    mappings.iter().map(|((path, value, group), role)| one(path, value, group, ROLES[*role])).collect();
                order(&mut all);
                GroupMapping::build(all, OtherGroups::Keep, &Roles::default()).unwrap()
            };
            let profile = serde_json::from_value(json!({"a": values, "b": others})).unwrap();
            let found = settings(&|_| {}).dry_run(&profile);
            let backwards = settings(&|all| all.reverse()).dry_run(&profile);
            let by_group = |groups: &Groups| -> BTreeMap<String, String> {
                groups.matched.iter().map(|it| (it.group.to_string(), it.role.name().to_owned())).collect()
            };
            let mut expected = BTreeMap::new();
            for ((path, value, group), role) in &mappings {
                if if path == "a" { &values } else { &others }.contains(value) {
                    let so_far = expected.entry(group.clone()).or_insert(*role);
                    *so_far = (*so_far).max(*role);
                }
            }
            let expected: BTreeMap<_, _> = expected.into_iter().map(|(group, role)| (group, ROLES[role].to_owned())).collect();
            prop_assert_eq!(by_group(&found), expected);
            prop_assert_eq!(by_group(&backwards), by_group(&found));
        }
    }
}
