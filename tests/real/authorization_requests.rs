//! What a connection requests from its provider: the request arrives, the provider acts on it, and the answer is
//! checked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tower_sso::{
    login::LoginErrorKind::*,
    oidc::{OidcSettings, Prompt, PushedRequests},
};

use crate::{
    browser::Browser,
    organization::Organization,
    running_app::{RunningApp, account, logged_in_at},
};

/// Requests everything that can be requested.
fn demanding(settings: OidcSettings) -> OidcSettings {
    settings
        .scope("groups")
        .prompt(Prompt::Login)
        .max_age(Duration::from_secs(8 * 3600))
        .acr_values(["gold", "silver"])
        .authorize_parameters([("hd", "acme.example")])
        .authorize_parameters([("ui_hint", "a b&c=ä")])
}

#[tokio::test]
async fn every_requested_parameter_arrives_pushed_or_not() {
    let demand = |name: &str, pushed| {
        Organization::new(name).settings(move |settings| demanding(settings).pushed_requests(pushed))
    };
    let organizations = vec![
        demand("in-the-query", PushedRequests::Auto),
        demand("pushed", PushedRequests::Always),
        Organization::new("silent").settings(OidcSettings::without_login_hint),
        Organization::new("plain"),
    ];
    let settings = json!({ "extraParams": ["hd", "ui_hint"] });
    let (app, mut provider) = RunningApp::at(organizations, &[account("ada")], settings).await;
    let names = ["scope", "prompt", "max_age", "acr_values", "login_hint", "hd", "ui_hint", "response_mode"];
    let scopes = "openid email profile";
    let all = json!({
        "scope": "openid email profile groups", "prompt": "login", "max_age": "28800",
        "acr_values": "gold silver", "login_hint": "ada@acme.example", "hd": "acme.example",
        "ui_hint": "a b&c=ä",
    });
    for (organization, expected) in [
        ("in-the-query", all.clone()),
        ("pushed", all),
        ("silent", json!({ "scope": scopes })),
        ("plain", json!({ "scope": scopes, "login_hint": "ada@acme.example" })),
    ] {
        let login = app.accepts("ada", organization).await;
        let asked = provider.interactions().await;
        let [interaction] = asked.as_slice() else { panic!("{organization}: {asked:?}") };
        let params = interaction["params"].as_object().unwrap();
        let understood = params.iter().filter(|(name, _)| names.contains(&name.as_str()));
        let understood: Value = understood.map(|(name, value)| (name.clone(), value.clone())).collect();
        assert_eq!(understood, expected, "{organization}");
        // The claims that the additional scope adds.
        let groups = login.profile.attributes().get("groups").cloned();
        assert_eq!(groups.is_some(), expected["scope"] != scopes, "{organization}: {groups:?}");
    }
}

#[tokio::test]
async fn a_context_class_is_checked_when_the_answer_comes() {
    let asking = |name: &str, values: &'static [&'static str]| {
        Organization::new(name).settings(|settings| settings.acr_values(values.iter().copied()))
    };
    let organizations = vec![asking("either", &["gold", "silver"]), asking("gold", &["gold"])];
    let (app, _provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    let login = app.accepts("ada", "either").await;
    assert_eq!(login.profile.attributes()["acr"], "silver");
    // The provider treats the request as voluntary, and logs the user in with the class that it has.
    app.refuses("ada", "gold", ContextClassWrong).await;
}

#[tokio::test]
async fn a_prompt_makes_the_provider_ask_again() {
    let prompting = |name: &str, prompt| Organization::new(name).settings(move |it| it.prompt(prompt));
    let organizations = vec![
        Organization::new("first"),
        Organization::new("nothing"),
        prompting("login", Prompt::Login),
        prompting("consent", Prompt::Consent),
        prompting("select-account", Prompt::SelectAccount),
    ];
    let (app, mut provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    // One browser, so the provider knows the user after the first login.
    let mut browser = Browser::new();
    for (organization, asked) in [
        ("first", json!([["login", "no_session"]])),
        ("nothing", json!([])),
        ("login", json!([["login", "login_prompt"]])),
        ("consent", json!([["consent", "consent_prompt"]])),
        ("select-account", json!([["select_account", "select_account_prompt"]])),
    ] {
        app.log_in(&mut browser, "ada", organization).await;
        app.accepted(&browser, "ada", organization);
        let interactions = provider.interactions().await;
        let done: Vec<_> = interactions.iter().map(|it| json!([it["prompt"], it["reasons"][0]])).collect();
        assert_eq!(json!(done), asked, "{organization}");
    }
}

#[tokio::test]
async fn a_login_that_is_too_old_is_repeated_and_its_time_is_checked() {
    const HOUR: u64 = 3600;
    let at_most = |name: &str, age| {
        Organization::new(name).settings(move |settings| settings.max_age(Duration::from_secs(age)))
    };
    let organizations = vec![
        at_most("first", 2 * HOUR),
        at_most("young-enough", 2 * HOUR),
        at_most("strict", HOUR / 6),
        at_most("always", 0),
        at_most("still-old", HOUR / 6),
        at_most("old-enough", 2 * HOUR),
    ];
    let (app, mut provider) = RunningApp::at(organizations, &[account("ada")], json!({})).await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut browser = Browser::new();
    // Ada signed in at the provider an hour ago, which satisfies a maximum age of two hours.
    provider.signed_in_ago(HOUR).await;
    for (organization, asked, ago) in [
        ("first", json!([["login", "no_session"]]), HOUR),
        ("young-enough", json!([]), HOUR),
        ("strict", json!([["login", "max_age"]]), 0),
        ("always", json!([["login", "login_prompt"]]), 0),
    ] {
        if organization == "strict" {
            provider.signed_in_ago(0).await;
        }
        app.log_in(&mut browser, "ada", organization).await;
        app.accepted(&browser, "ada", organization);
        let interactions = provider.interactions().await;
        let done: Vec<_> = interactions.iter().map(|it| json!([it["prompt"], it["reasons"][0]])).collect();
        assert_eq!(json!(done), asked, "{organization}");
        // The session records when she signed in at the provider.
        let age = now() - logged_in_at(&browser);
        assert!((ago..ago + 600).contains(&age), "{organization}: {age}");
    }
    // A provider that was told something else, and says that she signed in long ago.
    provider.signed_in_ago(HOUR).await;
    app.refuses("ada", "still-old", AuthTimeTooOld).await;
    app.accepts("ada", "old-enough").await;
}
