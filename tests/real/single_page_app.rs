//! The example `api` as a person uses it: its single-page app in Chromium.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    chromium::{Chromium, Step},
    example::built,
};

/// Starts the example. Returns its address and the process, which ends when it is dropped.
async fn start() -> (String, Child) {
    let mut process = Command::new(built("api").await)
        .arg("127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = timeout(Duration::from_secs(60), lines.next_line()).await.unwrap().unwrap().unwrap();
    let address = line.strip_prefix("Open ").and_then(|line| line.split_once("/ and")).unwrap().0.to_owned();
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (address, process)
}

#[tokio::test]
async fn a_single_page_app_logs_in_with_sso_and_keeps_its_tokens() {
    let (address, _process) = start().await;
    let at = |path: &str| format!("{address}{path}");
    let fill = |selector, value: &str| Step::Fill { selector, value: value.to_owned() };
    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Goto(at("/")),
            fill("#sign-in input[name=password]", "correct horse"),
            Step::Click("#sign-in button"),
            Step::WaitForText("telescope"),
            Step::Text("#repositories"),
            Step::Cookies(at("/sso/1/start")),
            Step::Screenshot("single-page-app"),
            Step::Click("#sso button"),
            Step::WaitForUrl("/sso/1/start?return_to=%2F".to_owned()),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            fill("input[name=email]", "ada@acme.example"),
            fill("input[name=password]", "lovelace"),
            Step::Press("Enter"),
            Step::WaitForText("engine"),
            Step::Text("#repositories"),
            Step::Cookies(at("/sso/1/start")),
        ])
        .await;
    assert_eq!(outcome.url, at("/"));
    assert_eq!(outcome.values[4], "telescope");
    assert_eq!(outcome.values[5], serde_json::json!([]));
    assert_eq!(outcome.values[15], "engine\nwebsite\ntelescope");
    let cookie = &outcome.values[16][0];
    assert_eq!((&cookie["name"], &cookie["httpOnly"]), (&"sso_pages".into(), &true.into()));
    assert_eq!(outcome.errors, [""; 0]);

    // An SSO page without the cookie leads to the app and from there to the same page.
    let outcome = chromium
        .run(&[
            Step::DeleteCookies(true),
            Step::Goto(at("/sso/1/tokens")),
            Step::WaitForUrl("/?continue=%2Fsso%2F1%2Ftokens".to_owned()),
            Step::Click("#sso button"),
            Step::WaitForUrl(at("/sso/1/tokens")),
            Step::WaitForText("laptop"),
            // An address of another site is not opened.
            Step::Goto(at("/?continue=https%3A%2F%2Fevil.example%2Fsso%2F")),
            Step::Click("#sso button"),
            Step::WaitForText("engine"),
            // Signing out ends it.
            Step::Click("#sign-out"),
            Step::WaitForText("Password"),
            Step::Goto(at("/sso/1/tokens")),
            Step::WaitForUrl("/?continue=%2Fsso%2F1%2Ftokens".to_owned()),
        ])
        .await;
    assert!(outcome.requests.iter().all(|it| !it.url.contains("evil.example/")), "{:?}", outcome.requests);
    assert!(outcome.errors.iter().any(|it| it.contains("no SSO page")), "{:?}", outcome.errors);
    chromium.close().await;
}
