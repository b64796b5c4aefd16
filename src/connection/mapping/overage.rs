//! Detects whether the provider left an attribute out because it would have been too long.

use serde_json::Value;

use crate::{connection::mapping::path::AttributePath, identity::Profile};

/// The markers, as an administrator finds them in the profile.
const CLAIM_NAMES: &str = "_claim_names";
const HAS_GROUPS: &str = "hasgroups";
const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

/// Returns the marker that says that the attribute under this path is incomplete. A marker about another attribute is
/// ignored.
///
/// - `_claim_names` names the attribute (OpenID Connect Core §5.6.2: its value is at another source);
/// - `hasgroups` is true, or `http://schemas.microsoft.com/claims/groups.link` is present, and the attribute is
///   `groups`, or a URI that ends in `/groups` (Microsoft Entra ID, with OIDC and with SAML).
pub(crate) fn overage(path: &AttributePath, profile: &Profile) -> Option<&'static str> {
    let attributes = profile.attributes();
    let elsewhere = attributes.get(CLAIM_NAMES).and_then(Value::as_object);
    if elsewhere.is_some_and(|names| names.keys().any(|name| path.reads(name))) {
        return Some(CLAIM_NAMES);
    }
    if !path.reads("groups") && !path.as_str().ends_with("/groups") {
        return None;
    }
    let has_groups = attributes.get(HAS_GROUPS);
    if has_groups.is_some_and(|has| *has == Value::Bool(true) || has.as_str() == Some("true")) {
        return Some(HAS_GROUPS);
    }
    attributes.contains_key(GROUPS_LINK).then_some(GROUPS_LINK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "groups|true|src1|\\PC{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = "groups|_claim_names|hasgroups|\\PC{0,4}";
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4).prop_map(Value::from_iter),
            ]
        })
    }

    proptest! {
        /// For every profile: only a marker at its top level says that something is missing, and a marker about one
        /// attribute says nothing about another.
        #[test]
        fn only_an_overage_marker_means_that_values_are_missing(
            path in "groups|roles|[a-z]{1,4}(\\.[a-z]{1,4})?|\\$\\.groups\\[\\*\\]",
            names in value(), has in value(), others in prop::collection::btree_map("x[a-z]{0,4}", value(), 0..4),
        ) {
            let path = AttributePath::parse(&path).unwrap();
            let mut profile = serde_json::Map::from_iter(others);
            let read = |profile: &serde_json::Map<String, Value>| {
                overage(&path, &serde_json::from_value(Value::Object(profile.clone())).unwrap())
            };
            prop_assert_eq!(read(&profile), None);
            profile.insert(CLAIM_NAMES.to_owned(), names.clone());
            let named = names.as_object().is_some_and(|names| names.keys().any(|name| path.reads(name)));
            prop_assert_eq!(read(&profile), named.then_some(CLAIM_NAMES));
            profile.remove(CLAIM_NAMES);
            profile.insert(HAS_GROUPS.to_owned(), has.clone());
            let says = has == Value::Bool(true) || has == "true";
            prop_assert_eq!(read(&profile), (says && path.reads("groups")).then_some(HAS_GROUPS));
        }
    }

    #[test]
    fn an_overage_marker_applies_only_to_its_attribute() {
        const URI: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
        let named = |name: &str| json!({"_claim_names": {name: "src1"}, "_claim_sources": {"src1": {"endpoint": "e"}}});
        let link = json!({GROUPS_LINK: ["https://graph.example/users/1/getMemberObjects"]});
        for (path, profile, marker) in [
            ("groups", named("groups"), Some(CLAIM_NAMES)),
            ("groups", named("roles"), None),
            ("roles", named("roles"), Some(CLAIM_NAMES)),
            ("roles", named("groups"), None),
            ("realm_access.roles", named("realm_access"), Some(CLAIM_NAMES)),
            ("$.groups[*].name", named("groups"), Some(CLAIM_NAMES)),
            ("$.roles[*]", named("groups"), None),
            ("$..name", named("groups"), Some(CLAIM_NAMES)),
            ("groups", json!({"_claim_names": {}}), None),
            ("groups", json!({"_claim_names": "groups"}), None),
            ("groups", json!({"hasgroups": true}), Some(HAS_GROUPS)),
            ("groups", json!({"hasgroups": "true"}), Some(HAS_GROUPS)),
            ("groups", json!({"hasgroups": false}), None),
            ("groups", json!({"hasgroups": ["true"]}), None),
            ("roles", json!({"hasgroups": true}), None),
            ("groups", link.clone(), Some(GROUPS_LINK)),
            (URI, link.clone(), Some(GROUPS_LINK)),
            ("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", link.clone(), None),
            ("department", link, None),
            ("groups", json!({"groups": ["a"]}), None),
            ("groups", json!({}), None),
        ] {
            let read: Profile = serde_json::from_value(profile.clone()).unwrap();
            assert_eq!(overage(&AttributePath::parse(path).unwrap(), &read), marker, "{path} in {profile}");
        }
    }
}
