//! Which groups a profile gives, and which settings are refused.

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
    mapping.evaluate(&serde_json::from_value(profile).unwrap())
}

fn said(groups: &Groups) -> Vec<String> {
    groups.matched.iter().map(|it| format!("{}: {} by {}", it.group, it.role, it.value)).collect()
}

#[test]
fn every_match_counts_and_the_highest_role_of_a_group_wins() {
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
fn an_unknown_outcome_changes_no_group() {
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
fn without_mappings_no_group_roles_are_given() {
    let mapping = GroupMapping::build(Vec::new(), OtherGroups::Remove, &Roles::default()).unwrap();
    let profile = serde_json::from_value(json!({"groups": {}, "hasgroups": true})).unwrap();
    let nothing = Groups { others: OtherGroups::Remove, ..Groups::default() };
    assert_eq!(mapping.evaluate(&profile), nothing);
}

#[test]
fn bad_settings_are_refused_with_the_path_of_the_field() {
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
fn the_outcome_is_described_in_words() {
    for (profile, others, says) in [
        (
            json!({"groups": ["devs"]}),
            OtherGroups::Remove,
            "write in rockets by \"devs\", read in website by \"devs\", roles in other groups are removed",
        ),
        (
            json!({"groups": ["web"]}),
            OtherGroups::Keep,
            "write in website by \"web\", roles in other groups are kept",
        ),
        (json!({}), OtherGroups::Remove, "no group matches, earlier roles are removed"),
        (json!({}), OtherGroups::Keep, "no group matches, earlier roles are kept"),
        (json!({"hasgroups": true}), OtherGroups::Remove, "the provider left groups out, as hasgroups says"),
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
        let found = settings(&|_| {}).evaluate(&profile);
        let backwards = settings(&|all| all.reverse()).evaluate(&profile);
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
