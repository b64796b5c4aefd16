//! Which role a profile gives, and which settings are refused.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::connection::mapping::{role::Roles, role_settings::RoleSettings, roles::*};

fn settings() -> RoleSettings {
    RoleSettings::new("groups")
        .default_role("read")
        .role("admin", ["admins"])
        .role("write", ["devs"])
        .role("contributor", ["helpers"])
        .role("read", ["everybody"])
}

fn decide(profile: Value, invitation: Option<&str>) -> RoleDecision {
    let roles = Roles::default();
    let profile = serde_json::from_value(profile).unwrap();
    let invitation = invitation.map(|name| roles.role(name).unwrap());
    settings().build(&roles).unwrap().evaluate(&profile, invitation.as_ref())
}

#[test]
fn the_role_follows_the_order_of_precedence() {
    let left_out = json!({"_claim_names": {"groups": "src1"}});
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    for (profile, invitation, says) in [
        (
            left_out.clone(),
            Some("admin"),
            "unchanged, for the provider left groups out, as _claim_names says",
        ),
        (
            json!({"groups": ["admins"], "_claim_names": {"groups": "s"}}),
            None,
            "unchanged, for the provider left groups out, as _claim_names says",
        ),
        (
            json!({"groups": {"admins": true}}),
            None,
            "unchanged, for groups: expected a text or a list of texts, found an object",
        ),
        (
            json!({"groups": ["admins", {}]}),
            Some("read"),
            "unchanged, for groups: expected a text, found an object",
        ),
        (
            json!({"groups": ["admins"], "x": deep}),
            None,
            "unchanged, for the profile is more than 32 levels deep",
        ),
        (
            json!({"groups": vec!["x"; 20_000]}),
            None,
            "unchanged, for the profile holds more than 16384 values",
        ),
        (json!({"groups": "admins"}), Some("read"), "admin, by the value \"admins\" of groups"),
        (
            json!({"groups": ["everybody", "devs", "helpers"]}),
            Some("admin"),
            "write, by the value \"devs\" of groups",
        ),
        (json!({"groups": ["devs", "admins", "devs"]}), None, "admin, by the value \"admins\" of groups"),
        (json!({"groups": ["everybody"]}), Some("admin"), "read, by the value \"everybody\" of groups"),
        (
            json!({"groups": ["others", "more"]}),
            Some("write"),
            "write, by the invitation: groups has 2 values, and none gives a role",
        ),
        (json!({"groups": ["others"]}), None, "read, by default: groups has 1 values, and none gives a role"),
        (json!({"groups": []}), None, "read, by default: groups is empty"),
        (json!({"groups": null}), None, "read, by default: there is no groups"),
        (
            json!({"roles": ["admins"]}),
            Some("contributor"),
            "contributor, by the invitation: there is no groups",
        ),
        (json!({}), None, "read, by default: there is no groups"),
        // A marker about another attribute is none about this one.
        (json!({"_claim_names": {"roles": "s"}}), None, "read, by default: there is no groups"),
    ] {
        assert_eq!(decide(profile.clone(), invitation).to_string(), says, "{profile:.100}");
    }
    assert_eq!(decide(left_out, None).role(), None);
}

#[test]
fn a_join_gives_no_admin_role() {
    let roles = Roles::default();
    let joins = |settings: RoleSettings, profile: Value, invitation: Option<&str>| {
        let profile = serde_json::from_value(profile).unwrap();
        let invitation = invitation.map(|name| roles.role(name).unwrap());
        settings.build(&roles).unwrap().for_join(&profile, invitation.as_ref()).unwrap().to_string()
    };
    let withheld = "since a join link gives no role that administers";
    let admin_by_default = || {
        RoleSettings::new("groups")
            .default_role("admin")
            .role("admin", ["admins"])
            .dangerous()
            .admin_by_default()
    };
    for (settings, profile, invitation, says) in [
        (settings(), json!({"groups": ["devs"]}), None, "write, by the value \"devs\" of groups".to_owned()),
        (
            settings(),
            json!({"groups": []}),
            Some("write"),
            "write, by the invitation: groups is empty".to_owned(),
        ),
        (settings(), json!({"groups": ["admins", "devs", "everybody"]}), None, format!("write, {withheld}")),
        (settings(), json!({"groups": ["admins"]}), Some("contributor"), format!("contributor, {withheld}")),
        (settings(), json!({"groups": ["admins"]}), Some("admin"), format!("read, {withheld}")),
        (settings(), json!({}), Some("admin"), format!("read, {withheld}")),
        (admin_by_default(), json!({}), None, format!("read, {withheld}")),
        (
            settings(),
            json!({"_claim_names": {"groups": "s"}}),
            None,
            "unchanged, for the provider left groups out, as _claim_names says".to_owned(),
        ),
    ] {
        assert_eq!(joins(settings, profile.clone(), invitation), says, "{profile} {invitation:?}");
    }
    // Where every role administers there is none to join with.
    let all = Roles::new(["deputy", "owner"], "deputy").unwrap();
    let mapping = RoleSettings::new("groups")
        .default_role("deputy")
        .role("owner", ["a"])
        .dangerous()
        .admin_by_default();
    let mapping = mapping.build(&all).unwrap();
    assert_eq!(mapping.for_join(&Profile::default(), None), None);
}

#[test]
fn a_value_matches_exactly_or_not_at_all() {
    for near in [
        "Admins",
        "admins ",
        " admins",
        "admin",
        "adminss",
        "/admins",
        "admins,devs",
        "ADMINS",
        "a\u{301}dmins",
        "",
    ] {
        assert_eq!(
            decide(json!({"groups": [near]}), None).to_string(),
            "read, by default: groups has 1 values, and none gives a role"
        );
    }
}

#[test]
fn an_app_may_define_its_own_roles() {
    let roles = Roles::new(["guest", "manager", "owner"], "manager").unwrap();
    let settings =
        RoleSettings::new("title").default_role("guest").role("owner", ["boss"]).role("manager", ["7"]);
    let mapping = settings.build(&roles).unwrap();
    let decide = |title: Value| {
        let profile = serde_json::from_value(json!({ "title": title })).unwrap();
        mapping.evaluate(&profile, None).outcome
    };
    assert_eq!(decide(json!(["boss", 7])), RoleOutcome::Mapped(roles.role("owner").unwrap()));
    assert_eq!(decide(json!(7)), RoleOutcome::Mapped(roles.role("manager").unwrap()));
    assert_eq!(decide(json!(true)), RoleOutcome::Default(roles.role("guest").unwrap()));
    // One that administers is enough, whatever it is called.
    assert!(RoleSettings::new("title").default_role("guest").role("owner", ["boss"]).build(&roles).is_ok());
}

#[test]
fn bad_settings_are_refused_with_the_path_of_the_field() {
    let new = |attribute: &str, default: &str| RoleSettings::new(attribute).default_role(default);
    for (settings, field, says) in [
        (new("", "read").role("admin", ["a"]), "roles.attribute", "expected the name or path"),
        (new("a..b", "read").role("admin", ["a"]), "roles.attribute", "single dots"),
        (new("$.a[", "read").role("admin", ["a"]), "roles.attribute", "RFC 9535"),
        (
            new("groups", "owner").role("admin", ["a"]),
            "roles.default",
            "expected one of read, contributor, write, admin, found \"owner\"",
        ),
        (new("groups", "Read").role("admin", ["a"]), "roles.default", "found \"Read\""),
        (new("groups", "read").role("admin", ["a"]).role("boss", ["b"]), "roles.map.b", "found \"boss\""),
        (new("groups", "read").role("admin", ["a"]).role("read", ["a"]), "roles.map.a", "twice"),
        (new("groups", "read"), "roles.map", "no one could become an admin"),
        (
            new("groups", "admin").role("write", ["a"]).dangerous().admin_by_default(),
            "roles.map",
            "no one could become an admin",
        ),
        (new("groups", "admin").role("admin", ["a"]), "roles.default", "does not administer"),
        (new("groups", "read").role("admin", ["a"]).role("read", [""]), "roles.map.", "a value"),
    ] {
        let error = settings.clone().build(&Roles::default()).unwrap_err();
        assert_eq!(error.field(), field, "{settings:?}");
        assert!(error.problem().contains(says), "{error}");
    }
    assert!(settings().build(&Roles::default()).is_ok());
}

proptest! {
    #[test]
    fn value_order_and_unmapped_values_do_not_change_the_role(
        mut values in proptest::collection::vec("admins|devs|helpers|everybody|[a-z]{1,6}", 0..8),
        strangers in proptest::collection::vec("[A-Z0-9]{1,6}", 0..4),
    ) {
        let first = decide(json!({ "groups": values }), None).outcome;
        values.extend(strangers);
        values.reverse();
        prop_assert_eq!(decide(json!({ "groups": values }), None).outcome, first);
    }
}

proptest! {
    /// Whatever the profile and the invitation say, a join gives no role that administers.
    #[test]
    fn no_profile_makes_a_join_give_an_admin_role(
        values in prop::collection::vec("admins|devs|everybody|[a-z]{0,3}", 0..6),
        invited in prop::option::of(0..4_usize),
        odd in prop::option::of(prop::sample::select(vec![json!(1), json!({}), json!(["admins", 1]), json!(null)])),
    ) {
        let roles = Roles::default();
        let invitation = invited.and_then(|at| roles.role(["read", "contributor", "write", "admin"][at]));
        let profile = json!({"groups": odd.unwrap_or_else(|| values.into())});
        let profile = serde_json::from_value(profile).unwrap();
        let decision = settings().build(&roles).unwrap().for_join(&profile, invitation.as_ref()).unwrap();
        prop_assert!(!decision.role().is_some_and(Role::is_admin), "{}", decision);
    }
}
