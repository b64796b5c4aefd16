//! Whole SSO logins at a provider that we did not write: oidc-provider on `localhost`, with the app on 127.0.0.1. These
//! are two sites.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tower_sso::{
    AccountId,
    login::LoginErrorKind,
    oidc::{JwsAlgorithm, ResponseMode},
};

use crate::{
    browser::Browser,
    oidc_provider::OidcProvider,
    organization::Organization,
    running_app::{RunningApp, account, at_the_provider},
};

/// Two organizations: `acme` has a secret and `initech` has a key.
async fn app(mode: ResponseMode) -> (RunningApp, OidcProvider) {
    let acme = Organization::new("acme").settings(move |settings| settings.response_mode(mode));
    let initech = Organization::new("initech").signs_with(JwsAlgorithm::Es256);
    RunningApp::at(vec![acme, initech], &[account("ada"), account("bob")], json!({})).await
}

#[tokio::test]
async fn two_users_log_in_at_two_organizations_by_secret_and_by_key() {
    let (app, mut provider) = app(ResponseMode::Query).await;
    for (account, organization) in [("ada", "acme"), ("bob", "initech")] {
        let mut browser = Browser::new();
        app.log_in(&mut browser, account, organization).await;
        app.accepted(&browser, account, organization);
        assert_eq!(app.actions(), ["login.begun", "login.received", "link.created", "login.finished"]);
        // The session lasts: the next page needs no SSO login.
        let other = format!("/{organization}/other");
        let next = browser.navigate(app.url(&other)).await;
        assert_eq!((next.status, next.url.path()), (StatusCode::OK, &*other));
    }
    let applied: Vec<_> = app.applied.lock().unwrap().drain(..).map(|it| (it.account, it.email)).collect();
    let expected = ["ada", "bob"].map(|name| (AccountId::from(name), format!("{name}@acme.example")));
    assert_eq!(applied, expected);
    let asked = provider.requests().await;
    let tokens: Vec<_> =
        asked.iter().filter(|it| it["path"] == "/token").map(|it| it["authorization"].clone()).collect();
    assert_eq!(tokens, [json!("Basic"), Value::Null]);
}

#[tokio::test]
async fn a_posted_answer_carries_no_cookie_and_the_finish_does() {
    let (app, _provider) = app(ResponseMode::FormPost).await;
    let mut browser = Browser::new();
    app.log_in(&mut browser, "ada", "acme").await;
    app.accepted(&browser, "ada", "acme");
    let [received, finished, ..] = browser.hops() else { panic!("{}", browser.trail()) };
    assert_eq!((received.method.as_str(), received.cookies_sent()), ("POST", Vec::new()));
    assert_eq!(finished.cookies_sent(), ["login"]);
}

#[tokio::test]
async fn a_strict_app_session_cookie_takes_one_more_page() {
    let (app, _provider) = app(ResponseMode::Query).await;
    let mut browser = Browser::new();
    app.sign_in_to_app(&mut browser, "ada", "Strict").await;
    browser.navigate(app.url("/acme/plans")).await;
    browser.submit_through("begin", &[]).await;
    at_the_provider(&mut browser, "ada").await;
    let (status, text) = (browser.page().status, browser.page().text());
    assert!(status == StatusCode::OK && text.contains("Logging you in"), "{status} {text}");
    browser.follow_refresh().await;
    app.accepted(&browser, "ada", "acme");
}

#[tokio::test]
async fn a_member_who_cancels_at_the_provider_gets_a_page_and_no_session() {
    let (app, _provider) = app(ResponseMode::Query).await;
    let mut browser = Browser::new();
    app.begin(&mut browser, "ada", "acme").await;
    browser.press("login", "Refuse", &[]).await;
    assert!(browser.page().text().contains("did not log you in"), "{}", browser.page().text());
    app.refused(&mut browser, "ada", "acme", LoginErrorKind::ProviderError).await;
    assert_eq!(app.actions(), ["login.begun", "login.refused"]);
}

#[tokio::test]
async fn another_persons_account_at_the_provider_is_refused() {
    let (app, _provider) = app(ResponseMode::Query).await;
    let mut browser = Browser::new();
    app.begin(&mut browser, "ada", "initech").await;
    at_the_provider(&mut browser, "bob").await;
    app.refused(&mut browser, "ada", "initech", LoginErrorKind::EmailNotOfAccount).await;
    assert_eq!(app.actions(), ["login.begun", "login.received", "login.refused"]);
}
