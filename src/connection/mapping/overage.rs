//! Whether the provider left an attribute out because it would have been too long.

use serde_json::Value;

use super::path::AttributePath;
use crate::Profile;

/// The markers, as an administrator finds them in the profile.
const CLAIM_NAMES: &str = "_claim_names";
const HAS_GROUPS: &str = "hasgroups";
const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

/// The marker that says that the attribute under this path is not whole. One about another attribute does not count.
///
/// - `_claim_names` names the attribute (OpenID Connect Core §5.6.2: it stands elsewhere);
/// - `hasgroups` is true, or `http://schemas.microsoft.com/claims/groups.link` is there, and the attribute is
///   `groups`, or a URI that ends in `/groups` (Microsoft Entra ID, by OIDC and by SAML).
pub(super) fn overage(path: &AttributePath, profile: &Profile) -> Option<&'static str> {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn a_marker_counts_for_the_attribute_that_it_is_about() {
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
