//! Roles and groups follow the provider at every SSO login.

use serde_json::{Value, json};
use tower_sso::{
    CompletedLogin, ConnectionSettings,
    audit::Action,
    login::LoginErrorKind::LookupFailed,
    roles::{GroupSettings, OtherGroups, RoleSettings, Roles},
};
use tower_sso_test_idp::Lie;

use crate::test_app::{Actor, TestApp, TestConfig};

fn group(value: &str, group: &str, role: &str) -> GroupSettings {
    let [value, group, role] = [value, group, role].map(str::to_owned);
    GroupSettings { attribute: "groups".to_owned(), value, group, role }
}

fn mapped(connection: ConnectionSettings) -> ConnectionSettings {
    let roles =
        RoleSettings::new("groups").default_role("read").role("admin", ["admins"]).role("write", ["devs"]);
    let groups = [group("devs", "rockets", "write"), group("admins", "rockets", "admin")];
    connection.roles(roles).groups(groups).other_groups(OtherGroups::Remove)
}

async fn app() -> TestApp {
    TestApp::of(TestConfig { connection: mapped, ..TestConfig::default() }).await
}

/// Logs in with SSO while the provider says this, and returns what the host was given.
async fn handed(app: &TestApp, who: &Actor, claims: &[(&str, Value)]) -> CompletedLogin {
    for (name, value) in claims {
        app.acme.lie(Lie::user_claim(name, value.clone()));
    }
    app.log_in(who, "1").await;
    app.acme.honest();
    app.host.state.applied.lock().unwrap().last().unwrap().clone()
}

fn role(login: &CompletedLogin) -> Option<&str> {
    login.new_role().map(tower_sso::roles::Role::name)
}

fn groups(login: &CompletedLogin) -> Vec<String> {
    login.groups.matched.iter().map(|it| format!("{} {}", it.group, it.role)).collect()
}

#[tokio::test]
async fn the_role_and_the_groups_are_updated_at_every_login() {
    let app = app().await;
    let ada = app.actor("ada");
    for (claims, expected, expected_groups) in [
        (json!(["devs", "others"]), "write", &["rockets write"][..]),
        (json!(["devs", "admins"]), "admin", &["rockets admin"]),
        (json!("devs"), "write", &["rockets write"]),
        (json!([]), "read", &[]),
        (Value::Null, "read", &[]),
    ] {
        let login = handed(&app, &ada, &[("groups", claims)]).await;
        assert_eq!(
            (role(&login), groups(&login)),
            (Some(expected), expected_groups.iter().map(|&it| it.to_owned()).collect())
        );
        assert_eq!(login.groups.others, OtherGroups::Remove);
    }
    let events: Vec<_> = app.events.lock().unwrap().drain(..).map(|event| event.action).collect();
    let reason = "write, by the value \"devs\" of groups".to_owned();
    assert!(events.contains(&Action::RoleApplied { role: "write".to_owned(), reason }), "{events:?}");
    let reason = "write in rockets by \"devs\", roles in other groups are removed".to_owned();
    assert!(events.contains(&Action::GroupsApplied { count: 1, reason }), "{events:?}");
    // If other groups are removed, an SSO login that matches no group records that too.
    let reason = "no group matches, earlier roles are removed".to_owned();
    assert!(events.contains(&Action::GroupsApplied { count: 0, reason }), "{events:?}");
}

#[tokio::test]
async fn without_mappings_the_app_is_given_no_role_and_no_groups() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let login = handed(&app, &ada, &[("groups", json!(["admins"]))]).await;
    assert_eq!((role(&login), &login.role), (None, &None));
    assert_eq!((groups(&login).len(), login.groups.others), (0, OtherGroups::Keep));
    assert!(!app.actions().iter().any(|name| name.starts_with("role.") || name.starts_with("groups.")));
    assert_eq!(app.faults.asked(crate::test_app::fault::Verb::Invitation), 0);
}

#[tokio::test]
async fn an_unknown_role_or_group_outcome_is_recorded_and_changes_nothing() {
    let app = app().await;
    let ada = app.actor("ada");
    for (claims, reason) in [
        (
            vec![("_claim_names", json!({"groups": "src1"}))],
            "the provider left groups out, as _claim_names says",
        ),
        (vec![("hasgroups", json!(true))], "the provider left groups out, as hasgroups says"),
        (
            vec![("groups", json!({"admins": 1}))],
            "groups: expected a text or a list of texts, found an object",
        ),
    ] {
        app.events.lock().unwrap().clear();
        let login = handed(&app, &ada, &claims).await;
        assert_eq!((role(&login), groups(&login).len()), (None, 0));
        assert_eq!(login.groups.others, OtherGroups::Keep, "{reason}");
        let events: Vec<_> = app.events.lock().unwrap().iter().map(|event| event.action.clone()).collect();
        let role = Action::RoleUnknown { reason: format!("unchanged, for {reason}") };
        let groups = Action::GroupsUnknown { reason: reason.to_owned() };
        assert!(events.contains(&role) && events.contains(&groups), "{events:?}");
        assert!(app.is_logged_in(&ada, "1").await);
    }
    // A marker about another attribute does not count.
    let login = handed(&app, &ada, &[("_claim_names", json!({"roles": "src1"}))]).await;
    assert_eq!(role(&login), Some("read"));
}

#[tokio::test]
async fn an_invitation_counts_until_a_mapping_matches() {
    let app = app().await;
    let ada = app.actor("ada");
    let invite = |role: &str| {
        app.host.state.invitations.lock().unwrap().insert(("1".into(), "ada".into()), role.to_owned());
    };
    invite("contributor");
    assert_eq!(role(&handed(&app, &ada, &[]).await), Some("contributor"));
    assert_eq!(role(&handed(&app, &ada, &[("groups", json!(["others"]))]).await), Some("contributor"));
    assert_eq!(role(&handed(&app, &ada, &[("groups", json!(["devs"]))]).await), Some("write"));
    // A name that is not a role is the host's mistake, and the layer does not guess.
    invite("Contributor");
    let finish = app.received(&ada, "1").await;
    let handed_before = app.host.state.applied.lock().unwrap().len();
    app.refused(app.visit(&ada, &finish).await, LookupFailed).await;
    assert_eq!(app.host.state.applied.lock().unwrap().len(), handed_before);
}

#[tokio::test]
async fn the_last_administrator_is_kept_and_the_login_succeeds() {
    let app = app().await;
    let ada = app.actor("ada");
    *app.host.state.last_admin.lock().unwrap() = true;
    let login = handed(&app, &ada, &[("groups", json!(["others"]))]).await;
    assert_eq!(role(&login), Some("read"));
    assert!(app.is_logged_in(&ada, "1").await);
    let names = app.actions();
    assert!(names.contains(&"role.kept_last_admin") && !names.contains(&"role.applied"), "{names:?}");
    *app.host.state.last_admin.lock().unwrap() = false;
    handed(&app, &ada, &[("groups", json!(["others"]))]).await;
    let names = app.actions();
    assert!(!names.contains(&"role.kept_last_admin") && names.contains(&"role.applied"), "{names:?}");
}

#[tokio::test]
async fn a_changed_mapping_ends_no_session_and_applies_at_the_next_login() {
    let app = app().await;
    let ada = app.actor("ada");
    let claims = [("groups", json!(["devs"]))];
    assert_eq!(role(&handed(&app, &ada, &claims).await), Some("write"));
    let under_way = app.received(&ada, "1").await;
    let own = Roles::new(["guest", "owner"], "owner").unwrap();
    let roles = RoleSettings::new("groups").default_role("guest").role("owner", ["devs"]);
    app.change(app.connection().known_roles(own).groups([]).roles(roles));
    assert!(app.is_logged_in(&ada, "1").await);
    app.finishes(&ada, &under_way).await;
    assert_eq!(role(&handed(&app, &ada, &claims).await), Some("owner"));
}
