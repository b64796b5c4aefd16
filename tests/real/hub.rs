//! The hub, as a person meets it: started by its one command, in Chromium. Every page is photographed into
//! `screenshots/` under the target directory.

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

/// A running hub; it ends with this value.
pub struct Hub {
    pub address: String,
    /// The join link that it prints.
    join_link: Option<String>,
    _process: Child,
}

impl Hub {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With more arguments.
    pub async fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[]).await
    }

    /// With more variables in its environment, where nothing is exempt from a proxy.
    pub async fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(built("hub").await)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut said, mut join_link) = (None, None);
        let address = timeout(Duration::from_secs(600), async {
            while let Some(line) = lines.next_line().await.unwrap() {
                let line = line.trim();
                said =
                    said.take().or(line.strip_prefix("Hub is at").map(|address| address.trim().to_owned()));
                join_link = join_link.take().or(line.contains("/join?link=").then(|| line.to_owned()));
                if let Some(address) = said.take_if(|_| line.starts_with("Ctrl-C")) {
                    return address;
                }
            }
            panic!("the hub ended before it said where it is")
        })
        .await
        .unwrap();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { address, join_link, _process: process }
    }
}

#[tokio::test]
async fn a_member_signs_on_in_chromium_and_stays_in() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Viewport { width: 1200, height: 900 },
            Step::Goto(at("/")),
            Step::Screenshot("hub-home-visitor"),
            Step::Goto(at("/sign-in")),
            Step::Screenshot("hub-sign-in"),
            Step::Click("button[value=grace]"),
            Step::WaitForText("Grace Hopper"),
            Step::Goto(at("/")),
            Step::Screenshot("hub-home-member"),
            // Public content of an organization that left it open; then what needs a sign-on.
            Step::Goto(at("/globex/handbook")),
            Step::Screenshot("hub-public-offered"),
            Step::Goto(at("/acme/rocket?tab=readme")),
            Step::WaitForUrl("/start?return_to=".to_owned()),
            Step::Screenshot("sso-start"),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Screenshot("provider-sign-in"),
            Step::Fill { selector: "input[name=email]", value: "grace@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-grace".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme/rocket?tab=readme")),
            Step::Screenshot("hub-repository"),
            Step::Goto(at("/acme/telemetry")),
            Step::Screenshot("hub-repository-after"),
        ])
        .await;
    assert_eq!(outcome.url, at("/acme/telemetry"), "{}", outcome.text);
    assert!(outcome.text.contains("telemetry"), "{}", outcome.text);
    assert_eq!(
        outcome.errors,
        Vec::<String>::new(),
        "no exception, no violation of a content security policy"
    );
    let finish = outcome.requests.iter().find(|it| it.url.contains("/finish?ticket=")).unwrap();
    assert!(finish.headers.contains_key("cookie"), "finish sees the hub's login");

    // Another organization's sign-on does not stand in for this one's, and signing out ends it.
    let outcome = chromium
        .run(&[
            Step::Goto(at("/globex/weather")),
            Step::WaitForUrl("/start?return_to=".to_owned()),
            Step::Goto(at("/sso/nobody/start")),
            Step::Screenshot("sso-error"),
            Step::Goto(at("/settings")),
            Step::Screenshot("hub-settings"),
            Step::Goto(at("/sso/acme/tokens")),
            Step::WaitForText("API tokens for Acme Rockets"),
            Step::Screenshot("sso-tokens"),
        ])
        .await;
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}

#[tokio::test]
async fn everything_works_without_script() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut chromium = Chromium::without_script().await;
    let outcome = chromium
        .run(&[
            Step::Goto(at("/sign-in")),
            Step::Click("button[value=ada]"),
            Step::WaitForText("Ada Lovelace"),
            Step::Goto(at("/acme/rocket")),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "ada@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-ada".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme/rocket")),
            Step::Goto(at("/acme/sessions")),
            Step::Screenshot("hub-sessions"),
            Step::Goto(at("/sso/acme/tokens")),
            Step::Click("button[value=authorise]"),
            Step::WaitForText("Authorised until"),
            Step::Screenshot("sso-tokens-authorised"),
            Step::Goto(at("/acme/rocket")),
            Step::WaitForText("Initech offers single sign-on"),
            Step::Screenshot("hub-banner"),
        ])
        .await;
    assert!(outcome.text.contains("rocket"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    // The banner is put off, and the page that showed it is back.
    let outcome = chromium
        .run(&[
            Step::Click(".sso-banner button"),
            Step::WaitForUrl(at("/acme/rocket")),
            Step::Goto(at("/initech")),
            Step::Screenshot("hub-banner-put-off"),
        ])
        .await;
    assert!(outcome.text.contains("Row 7"), "{}", outcome.text);
    assert!(!outcome.text.contains("offers single sign-on"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}

#[tokio::test]
async fn a_visitor_registers_and_an_account_joins_by_a_link_in_chromium_without_script() {
    let hub = Hub::start().await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let link = hub.join_link.clone().unwrap();
    let mut chromium = Chromium::without_script().await;
    let outcome = chromium
        .run(&[
            Step::Viewport { width: 1200, height: 900 },
            Step::Goto(link.clone()),
            Step::WaitForText("I have an account here"),
            Step::Screenshot("sso-join-visitor"),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "barbara@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-barbara".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/register?ticket=")),
            Step::Screenshot("hub-register"),
            Step::Fill { selector: "#password", value: "a good password".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme")),
            Step::WaitForText("Row 6"),
            Step::Screenshot("hub-joined"),
        ])
        .await;
    assert!(outcome.text.contains("member of Acme Rockets"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    let sent = |part: &str| outcome.requests.iter().find(|it| it.url.contains(part)).unwrap();
    let cookie = |part: &str| sent(part).headers.get("cookie").cloned().unwrap_or_default();
    assert!(cookie("/join/finish?ticket=").contains("sso_join_"), "tied to the browser");
    assert!(cookie("/join/claim?ticket=").contains("sso_join_"));
    // The cookies of the way are gone, and the link is an ordinary sign-on from here on.
    let outcome = chromium.run(&[Step::Cookies(at("/")), Step::Goto(link.clone())]).await;
    assert!(!outcome.values[0].to_string().contains("sso_join_"), "{}", outcome.values[0]);
    assert!(outcome.url.contains("/sso/acme/start"), "{}", outcome.url);
    chromium.close().await;

    let mut chromium = Chromium::start().await;
    let outcome = chromium
        .run(&[
            Step::Goto(at("/sign-in")),
            Step::Click("button[value=edsger]"),
            Step::WaitForText("Edsger Dijkstra"),
            Step::Goto(link),
            Step::WaitForText("edsger@acme.example"),
            Step::Screenshot("sso-join-account"),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "edsger@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-edsger".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme")),
            Step::WaitForText("Row 6"),
        ])
        .await;
    assert!(outcome.text.contains("maintainer of Acme Rockets"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    // An administrator sees the link and its uses.
    let outcome = chromium
        .run(&[
            Step::NewPage(true),
            Step::DeleteCookies(true),
            Step::Goto(at("/sign-in?return_to=/acme/join-links")),
            Step::Click("button[value=ada]"),
            Step::Click("main button"),
            Step::WaitForUrl("http://localhost:".to_owned()),
            Step::Fill { selector: "input[name=email]", value: "ada@acme.example".to_owned() },
            Step::Fill { selector: "input[name=password]", value: "acme-ada".to_owned() },
            Step::Press("Enter"),
            Step::WaitForUrl(at("/acme/join-links")),
            Step::Click("#make button"),
            Step::WaitForText("Your new join link"),
            Step::Screenshot("hub-join-links"),
        ])
        .await;
    assert!(outcome.text.contains("used by 2"), "{}", outcome.text);
    assert_eq!(outcome.errors, Vec::<String>::new());
    chromium.close().await;
}
