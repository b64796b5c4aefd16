//! Tests of the hub from outside, with a browser and with API tokens.

#[path = "../../tests/browser/mod.rs"]
mod browser;
mod changes;
mod roll_out;
mod step_up;

use std::{net::SocketAddr, time::Duration};

use http::StatusCode;
use tokio::time::timeout;
use tower_sso_test_idp::RunningIdp;

use self::browser::Browser;
use crate::{
    args::{Args, Store},
    config::Issuer,
    start::{Started, start},
};

/// The demonstration, running.
struct Running {
    origin: String,
    /// Ada's token, which is printed at start.
    token: String,
    /// The printed tokens, each with its owner's name.
    tokens: Vec<(String, String)>,
    /// Acme's join link, which is printed at start.
    join_link: String,
    /// The printed join links, each with the organization's name.
    join_links: Vec<(String, String)>,
    /// The address of the metrics.
    metrics: Option<SocketAddr>,
    providers: Vec<(Issuer, RunningIdp)>,
}

impl Running {
    async fn demo() -> Self {
        Self::with(Args::default()).await
    }

    async fn with(args: Args) -> Self {
        let listen = args.listen.or_else(|| Some("127.0.0.1:0".parse().unwrap()));
        let args = Args { listen, store: args.store.or(Some(Store::Memory)), ..args };
        let started = start(&args, &|_| None).await.unwrap_or_else(|problem| panic!("{problem}"));
        let Started { hub, listener, router, config: _, providers, metrics, tokens, join_links, .. } =
            started;
        tokio::spawn(async move {
            axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
        });
        let token = tokens.first().map(|token| token.secret.clone()).unwrap_or_default();
        let tokens = tokens.into_iter().map(|token| (token.owner, token.secret)).collect();
        let join_links: Vec<_> =
            join_links.into_iter().map(|(name, link)| (name, link.expose().clone())).collect();
        let join_link = join_links.first().map(|(_, link)| link.clone()).unwrap_or_default();
        Self { origin: hub.origin.clone(), token, tokens, join_link, join_links, metrics, providers }
    }

    fn providers(&self) -> &[(Issuer, RunningIdp)] {
        &self.providers
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Returns a browser that is signed in to the hub with this person's button.
    async fn signed_in(&self, person: &str, return_to: &str) -> Browser {
        let mut browser = Browser::new();
        browser.navigate(self.at(&format!("/sign-in?return_to={return_to}"))).await;
        browser.press("sign-in-as", &format!("Sign in as {person}"), &[]).await;
        browser
    }

    /// Sends a request with Ada's token.
    async fn ask(&self, path: &str) -> reqwest::Response {
        self.ask_with(&self.token, path).await
    }

    async fn ask_with(&self, token: &str, path: &str) -> reqwest::Response {
        reqwest::Client::new().get(self.at(path)).bearer_auth(token).send().await.unwrap()
    }

    /// Posts an empty form as this browser would. Returns the response without following redirects.
    async fn post_as(&self, browser: &Browser, path: &str) -> reqwest::Response {
        let cookie = format!("hub_session={}", browser.cookie(&self.origin, "hub_session").unwrap());
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let request = client.post(self.at(path)).header("cookie", cookie).header("origin", &self.origin);
        request.send().await.unwrap()
    }
}

/// Follows the start page to the provider, and signs in there.
async fn log_in(browser: &mut Browser, email: &str, password: &str) {
    assert_eq!(browser.page().title(), "Single sign-on to Acme Rockets");
    provider(browser, email, password).await;
}

/// Does the same for any organization.
async fn provider(browser: &mut Browser, email: &str, password: &str) {
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.press("/sign-in", "Sign in", &[("email", email), ("password", password)]).await;
}

#[tokio::test]
async fn a_member_signs_in_logs_in_and_returns_to_the_requested_page() {
    let hub = Running::demo().await;
    let mut browser = Browser::new();
    browser.navigate(hub.at("/sign-in?return_to=/acme/rocket")).await;
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "hub-ada")]).await;
    log_in(&mut browser, "ada@acme.example", "acme-ada").await;
    assert_eq!(browser.page().url.as_str(), hub.at("/acme/rocket"), "{}", browser.trail());
    let text = browser.page().text();
    assert!(text.contains("Row 6") && text.contains("admin of Acme Rockets"), "{text}");
    // The SSO session is accepted on the next page too.
    assert!(browser.navigate(hub.at("/acme/telemetry")).await.text().contains("Row 6"));
    let activity = browser.navigate(hub.at("/acme/activity")).await.text().to_owned();
    assert!(activity.contains("login.finished"), "{activity}");
    // Signing out of the hub also ends the SSO session.
    browser.press("sign-out", "Sign out", &[]).await;
    let again = browser.navigate(hub.at("/acme/rocket")).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "nobody is signed in, and the repository is private");
}

#[tokio::test]
async fn a_saml_login_works_without_script() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Grace Hopper", "/globex/weather").await;
    assert_eq!(browser.page().title(), "Single sign-on to Globex");
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser
        .press("/sign-in", "Sign in", &[("email", "grace@globex.example"), ("password", "globex-grace")])
        .await;
    // The provider's page posts the response, without the hub's cookie. The next page has the cookie again.
    browser.submit("/saml/acs", &[]).await;
    let sent: Vec<_> = browser.hops().iter().map(|hop| hop.cookies_sent().len()).collect();
    assert_eq!(sent, [0, 1, 1], "{}", browser.trail());
    assert_eq!(browser.page().url.as_str(), hub.at("/globex/weather"), "{}", browser.trail());
    assert!(browser.page().text().contains("Row 6"), "{}", browser.page().text());
}

/// Returns a browser of Grace, who has logged in with SSO at Globex by SAML.
async fn at_globex(hub: &Running) -> Browser {
    let mut browser = hub.signed_in("Grace Hopper", "/globex/weather").await;
    // She may have just logged in with SSO in another browser. The page says this once.
    if browser.page().status == StatusCode::CONFLICT {
        browser.click("Try again").await;
    }
    browser.submit_through("begin", &[]).await;
    let who = [("email", "grace@globex.example"), ("password", "globex-grace")];
    browser.press("/sign-in", "Sign in", &who).await;
    browser.submit("/saml/acs", &[]).await;
    assert!(browser.page().text().contains("Row 6"), "{}", browser.page().text());
    browser
}

#[tokio::test]
async fn ending_an_sso_session_logs_out_at_the_provider_but_not_of_the_hub() {
    let hub = Running::demo().await;
    let mut browser = at_globex(&hub).await;
    let provider = browser.navigate(hub.at("/globex")).await.url.clone();
    // A form on a page of the hub can be submitted only to the hub. Therefore an SSO page redirects to the provider.
    assert!(browser.page().header("content-security-policy").unwrap().contains("form-action 'self'"));
    browser.press("end-sso", "Sign out here and at the provider", &[]).await;
    assert_eq!((browser.blocked(), browser.page().url.path()), (None, "/sso/globex/saml/logout"));
    browser.follow_refresh().await;
    let hops: Vec<_> = browser.hops().iter().map(|hop| hop.url.path().to_owned()).collect();
    assert_eq!(hops, ["/saml/slo", "/sso/globex/saml/slo", "/globex", "/sso/globex/start"]);
    assert_eq!(provider.path(), "/globex");
    assert!(browser.navigate(hub.at("/")).await.text().contains("Grace Hopper"), "the hub's login goes on");
}

#[tokio::test]
async fn a_logout_at_the_provider_signs_out_of_the_hub() {
    let hub = Running::demo().await;
    let (mut browser, mut other) = (at_globex(&hub).await, at_globex(&hub).await);
    let (_, provider) = hub.providers().iter().find(|(issuer, _)| issuer.name == "globex").unwrap();
    browser.navigate(provider.issuer()).await;
    browser.click("Sign out here and at the apps").await;
    assert!(browser.page().text().contains("has signed you out."), "{}", browser.trail());
    assert!(!browser.navigate(hub.at("/")).await.text().contains("Grace Hopper"));
    // Her other browser has separate sessions at the provider and at the hub.
    assert!(other.navigate(hub.at("/globex/weather")).await.text().contains("Row 6"));
    let activity = other.navigate(hub.at("/globex/activity")).await.text().to_owned();
    assert!(activity.contains("logout.received"), "{activity}");
}

#[tokio::test]
async fn roles_and_teams_come_from_the_provider_and_a_last_admin_is_kept() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Grace Hopper", "/acme").await;
    log_in(&mut browser, "grace@acme.example", "acme-grace").await;
    let text = browser.page().text();
    assert!(text.contains("maintainer of Acme Rockets"), "{text}");
    assert!(text.contains("avionics: Grace Hopper maintainer"), "{text}");
    // Globex's provider names no owner, and Grace is the only administrator.
    browser.navigate(hub.at("/globex")).await;
    browser.submit_through("begin", &[]).await;
    let who = [("email", "grace@globex.example"), ("password", "globex-grace")];
    browser.press("/sign-in", "Sign in", &who).await;
    browser.submit("/saml/acs", &[]).await;
    assert!(browser.page().text().contains("admin of Globex"), "{}", browser.page().text());
    let activity = browser.navigate(hub.at("/globex/activity")).await.text().to_owned();
    assert!(activity.contains("role.kept_last_admin") && activity.contains("login.finished"), "{activity}");
    let mut ada = hub.signed_in("Ada Lovelace", "/acme").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    let activity = ada.navigate(hub.at("/acme/activity")).await.text().to_owned();
    assert!(activity.contains("maintainer, by the value \"flight\" of groups"), "{activity}");
}

#[tokio::test]
async fn another_persons_account_at_the_provider_is_refused() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Grace Hopper", "/acme/rocket").await;
    log_in(&mut browser, "ada@acme.example", "acme-ada").await;
    assert_eq!(browser.page().status, StatusCode::FORBIDDEN);
    assert!(browser.page().text().contains("Reference"));
    browser.navigate(hub.at("/acme/rocket")).await;
    assert!(browser.page().url.path().ends_with("/start"), "{}", browser.trail());
    // Grace succeeds with her own account at the provider.
    log_in(&mut browser, "grace@acme.example", "acme-grace").await;
    assert_eq!(browser.page().url.as_str(), hub.at("/acme/rocket"), "{}", browser.trail());
}

#[tokio::test]
async fn the_demo_shows_every_row_of_the_decision_table() {
    let hub = Running::demo().await;
    for (row, person, path) in [
        ("Row 1", None, "/"),
        ("Row 2", None, "/acme/website"),
        ("Row 3", Some("Niels Abel"), "/garden/shed-keys"),
        ("Row 3", Some("Niels Abel"), "/no-such-organization"),
        ("Row 4", Some("Niels Abel"), "/acme/website"),
        ("Row 5", Some("Carol Shaw"), "/acme/telemetry"),
        ("Row 7", Some("Ada Lovelace"), "/initech/tps-reports"),
        ("Row 8", Some("Grace Hopper"), "/globex/handbook"),
        // Row 9 is the challenge.
        ("Single sign-on to Acme Rockets", Some("Grace Hopper"), "/acme/website"),
        ("Single sign-on to Globex", Some("Grace Hopper"), "/globex-corporation/weather"),
    ] {
        let mut browser = match person {
            Some(person) => hub.signed_in(person, "/").await,
            None => Browser::new(),
        };
        let page = browser.navigate(hub.at(path)).await;
        assert!(page.text().contains(row), "{person:?} at {path}: {}", page.text());
    }
}

#[tokio::test]
async fn content_that_the_viewer_may_not_see_is_404() {
    let hub = Running::demo().await;
    for (person, path) in [
        ("Niels Abel", "/acme/rocket"),
        ("Carol Shaw", "/acme/rocket"),
        ("Carol Shaw", "/garden/activity"),
        ("Niels Abel", "/nowhere/at/all"),
    ] {
        let mut browser = hub.signed_in(person, "/").await;
        assert_eq!(browser.navigate(hub.at(path)).await.status, StatusCode::NOT_FOUND, "{person} at {path}");
    }
}

#[tokio::test]
async fn a_wrong_password_or_a_cross_site_post_does_not_sign_in() {
    let hub = Running::demo().await;
    let mut browser = Browser::new();
    browser.navigate(hub.at("/sign-in")).await;
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "hub-grace")]).await;
    assert_eq!(browser.page().status, StatusCode::FORBIDDEN);
    browser.submit("sign-in", &[("email", "eve@acme.example"), ("password", "hub-ada")]).await;
    assert_eq!(browser.page().status, StatusCode::FORBIDDEN);
    assert_eq!(browser.cookie(&hub.origin, "hub_session"), None);
    let post = |origin: &str| {
        let form = [("email", "ada@acme.example"), ("password", "hub-ada")];
        let request = reqwest::Client::new().post(hub.at("/sign-in")).form(&form);
        request.header("origin", origin).send()
    };
    assert_eq!(post("http://localhost:1").await.unwrap().status(), StatusCode::FORBIDDEN);
    assert!(post(&hub.origin).await.unwrap().status().is_success());
    // A form that does not say where it comes from.
    let form = [("email", "ada@acme.example"), ("password", "hub-ada")];
    let silent = reqwest::Client::new().post(hub.at("/sign-in")).form(&form).send().await.unwrap();
    assert_eq!(silent.status(), StatusCode::FORBIDDEN);
    assert!(silent.text().await.unwrap().starts_with("This form can be sent only by a browser"));
}

#[tokio::test]
async fn a_password_is_tried_ten_times() {
    let hub = Running::demo().await;
    let mut browser = Browser::new();
    browser.navigate(hub.at("/sign-in")).await;
    for _ in 0..10 {
        browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "guess")]).await;
        assert_eq!(browser.page().status, StatusCode::FORBIDDEN, "{}", browser.trail());
    }
    // Not even the right one.
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "hub-ada")]).await;
    assert_eq!(browser.page().status, StatusCode::TOO_MANY_REQUESTS);
    assert!(browser.page().text().contains("Try again in a minute"), "{}", browser.page().text());
    browser.submit("sign-in", &[("email", "grace@acme.example"), ("password", "hub-grace")]).await;
    assert_eq!(browser.page().status, StatusCode::OK, "the twin: {}", browser.trail());
}

#[tokio::test]
async fn a_list_omits_organizations_that_need_an_sso_login_and_names_them() {
    let hub = Running::demo().await;
    let list = hub.ask("/api/repos").await;
    assert_eq!(list.headers()["x-sso"], "partial-results; organizations=acme");
    let text = list.text().await.unwrap();
    assert!(text.contains("tps-reports") && !text.contains("acme"), "{text}");
    assert_eq!(hub.ask("/api/repos/1").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(hub.ask("/api/orgs/acme/repos").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(hub.ask("/api/repos/999").await.status(), StatusCode::NOT_FOUND);
    // The owner logs in with SSO and authorizes the token.
    let mut browser = hub.signed_in("Ada Lovelace", "/acme").await;
    log_in(&mut browser, "ada@acme.example", "acme-ada").await;
    browser.navigate(hub.at("/sso/acme/tokens")).await;
    browser.press("/sso/acme/tokens", "Authorize", &[]).await;
    assert!(browser.page().text().contains("Authorized until"), "{}", browser.page().text());
    let list = hub.ask("/api/repos").await;
    assert!(list.headers().get("x-sso").is_none());
    assert!(list.text().await.unwrap().contains("rocket"));
    assert_eq!(hub.ask("/api/repos/1").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_shown_once_and_stops_working_when_revoked() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Niels Abel", "/settings").await;
    browser.submit("new-token", &[("name", "laptop")]).await;
    let text = browser.page().text().to_owned();
    let secret = text.split_whitespace().find(|word| word.starts_with("hub_")).unwrap().to_owned();
    let ask = || reqwest::Client::new().get(hub.at("/api/user")).basic_auth("any", Some(&secret)).send();
    assert!(ask().await.unwrap().text().await.unwrap().contains("niels"));
    assert!(!browser.navigate(hub.at("/settings")).await.text().contains(&secret));
    browser.press("/settings/tokens/revoke", "Revoke", &[]).await;
    assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_event_stream_ends_with_the_session_that_opened_it() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Ada Lovelace", "/acme/rocket").await;
    log_in(&mut browser, "ada@acme.example", "acme-ada").await;
    let cookie = format!("hub_session={}", browser.cookie(&hub.origin, "hub_session").unwrap());
    let request = reqwest::Client::new().get(hub.at("/acme/rocket/events")).header("cookie", cookie);
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert!(stream.chunk().await.unwrap().is_some(), "it has begun");
    browser.press("sign-out", "Sign out", &[]).await;
    let rest = async {
        let mut rest = Vec::new();
        while let Ok(Some(chunk)) = stream.chunk().await {
            rest.extend_from_slice(&chunk);
        }
        String::from_utf8(rest).unwrap()
    };
    let rest = timeout(Duration::from_secs(30), rest).await.expect("the stream ends");
    assert!(rest.contains("event: ended"), "{rest}");
}

#[tokio::test]
async fn an_unusable_configuration_is_refused_before_the_hub_starts() {
    let refused = async |line: &str, says: &str| {
        let args = Args::parse(line.split(' ').map(str::to_owned)).unwrap();
        let args = Args { store: Some(Store::Memory), ..args };
        let Err(problem) = start(&args, &|_| None).await else { panic!("{line}: accepted") };
        assert!(problem.to_string().starts_with(says), "{line}: {problem}");
    };
    refused("--config /nowhere/hub.toml", "/nowhere/hub.toml: expected a readable").await;
    refused("--listen 0.0.0.0:0", "--base-url: expected").await;
    let shown = "the demonstration: show_accounts: expected false";
    refused("--listen 0.0.0.0:0 --base-url https://hub.example", shown).await;
    for (url, says) in [
        ("hub", "expected an address"),
        ("https://hub.example/x", "expected an address"),
        ("http://hub.example", "expected https"),
    ] {
        refused(&format!("--listen 127.0.0.1:0 --base-url {url}"), &format!("--base-url: base_url: {says}"))
            .await;
    }
}

#[tokio::test]
async fn no_page_runs_a_script_or_is_cached() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Ada Lovelace", "/").await;
    for path in ["/", "/settings", "/initech", "/initech/tps-reports", "/nowhere/at/all"] {
        let page = browser.navigate(hub.at(path)).await;
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert!(!page.body.contains("<script") && !page.body.contains(" style="), "{path}");
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn the_banner_is_on_every_page_until_it_is_dismissed() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Ada Lovelace", "/").await;
    for path in ["/", "/settings", "/initech", "/initech/tps-reports", "/nowhere/at/all"] {
        let text = browser.navigate(hub.at(path)).await.text().to_owned();
        assert!(text.contains("Initech offers single sign-on"), "{path}: {text}");
        assert!(text.contains("Acme Rockets requires single sign-on"), "{path}: {text}");
    }
    browser.navigate(hub.at("/initech?x=1")).await;
    browser.press("/later", "Not now", &[]).await;
    assert_eq!(browser.page().url.as_str(), hub.at("/initech?x=1"), "{}", browser.trail());
    let text = browser.page().text();
    assert!(!text.contains("Initech offers") && text.contains("Acme Rockets requires"), "{text}");
    assert!(text.contains("Row 7"), "nothing else has changed: {text}");
}

#[tokio::test]
async fn an_administrator_can_test_a_profile_with_oidc_and_saml_mappings() {
    let hub = Running::demo().await;
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/profile").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    let mut grace = hub.signed_in("Grace Hopper", "/globex").await;
    grace.navigate(hub.at("/globex/profile")).await;
    grace.submit_through("begin", &[]).await;
    let who = [("email", "grace@globex.example"), ("password", "globex-grace")];
    grace.press("/sign-in", "Sign in", &who).await;
    grace.submit("/saml/acs", &[]).await;
    for (organization, profile, says) in [
        ("acme", r#"{"groups": ["flight", "x"]}"#, "maintainer, by the value \"flight\" of groups"),
        ("acme", r#"{"groups": ["flight"]}"#, "avionics, by the value “flight” maintainer"),
        ("acme", r#"{"hasgroups": true}"#, "unknown: the role does not change"),
        ("acme", r#"{"groups": {"<b>": 1}}"#, "expected a text or a list of texts, found an object"),
        ("acme", "<b>not json</b>", "That is no JSON object"),
        ("globex", r#"{"groups": ["owners"]}"#, "admin, by the value \"owners\" of groups"),
        ("globex", "{}", "member, by default: there is no groups"),
    ] {
        let browser = if organization == "acme" { &mut ada } else { &mut grace };
        let page = browser.submit("try", &[("profile", profile)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains(says), "{profile}: {}", page.text());
        assert!(!page.body.contains("<b>"), "{}", page.body);
    }
    for length in [200_000, 1_500_000] {
        let page = ada.submit("try", &[("profile", &"a".repeat(length))]).await;
        assert_eq!(page.status, StatusCode::OK, "{length}");
        assert!(page.text().contains("That is too long"), "{length}");
        assert!(page.body.len() < 20_000, "{length}: it is not sent back");
    }
    // No role has changed, and only administrators can see the page.
    let text = ada.navigate(hub.at("/acme")).await.text().to_owned();
    assert!(text.contains("admin of Acme Rockets") && !text.contains("avionics"), "{text}");
    let mut member = hub.signed_in("Grace Hopper", "/acme").await;
    log_in(&mut member, "grace@acme.example", "acme-grace").await;
    assert_eq!(member.navigate(hub.at("/acme/profile")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hub.ask("/acme/profile").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_and_an_administrator() {
    let hub = Running::demo().await;
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/sessions").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    let mut grace = hub.signed_in("Grace Hopper", "/acme/rocket").await;
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    let text = grace.navigate(hub.at("/settings")).await.text().to_owned();
    assert!(text.contains("Acme Rockets a browser, OpenID Connect"), "{text}");
    // Members can't open the organization's page, which has the buttons of administrators.
    assert_eq!(grace.navigate(hub.at("/acme/sessions")).await.status, StatusCode::NOT_FOUND);
    let text = ada.navigate(hub.at("/acme/sessions")).await.text().to_owned();
    assert!(text.contains("Grace Hopper") && text.contains("Ada Lovelace"), "{text}");
    // The newest session is listed first.
    ada.press("/acme/sessions/end", "This", &[]).await;
    let text = ada.page().text().to_owned();
    assert!(!text.contains("Grace Hopper") && text.contains("Ada Lovelace"), "{text}");
    // The activity page says who ended whose session.
    let text = ada.navigate(hub.at("/acme/activity")).await.text().to_owned();
    assert!(text.contains("session.revoked Grace Hopper 1 by session Ada Lovelace 127.0.0.0/24"), "{text}");
    ada.navigate(hub.at("/acme/sessions")).await;
    grace.navigate(hub.at("/acme/rocket")).await;
    assert!(grace.page().url.path().ends_with("/start"), "{}", grace.trail());
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    // The administrator's own session.
    grace.navigate(hub.at("/settings")).await;
    grace.press("/settings/sessions/end", "End", &[]).await;
    assert!(grace.page().text().contains("Nowhere."), "{}", grace.page().text());
    grace.navigate(hub.at("/acme/rocket")).await;
    assert!(grace.page().url.path().ends_with("/start"), "{}", grace.trail());
    // All sessions, including the administrator's own.
    ada.press("end-all", "End all", &[]).await;
    assert!(ada.page().url.path().ends_with("/start"), "{}", ada.trail());
}

/// Follows the page of a join link to the provider, and signs in there.
async fn join(browser: &mut Browser, email: &str, password: &str) {
    assert_eq!(browser.page().title(), "Join Acme Rockets", "{}", browser.page().text());
    browser.submit_through("join", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.press("/sign-in", "Sign in", &[("email", email), ("password", password)]).await;
}

#[tokio::test]
async fn an_account_that_is_not_a_member_joins_by_a_link() {
    let hub = Running::demo().await;
    let mut browser = hub.signed_in("Edsger Dijkstra", "/acme").await;
    assert!(browser.page().text().contains("Row 4"), "{}", browser.page().text());
    let page = browser.navigate(&hub.join_link).await.text().to_owned();
    assert!(page.contains("edsger@acme.example") && page.contains("localhost"), "{page}");
    join(&mut browser, "edsger@acme.example", "acme-edsger").await;
    assert_eq!(browser.page().url.as_str(), hub.at("/acme"), "{}", browser.trail());
    let text = browser.page().text();
    assert!(text.contains("Row 6") && text.contains("maintainer of Acme Rockets"), "{text}");
    assert!(text.contains("avionics: Edsger Dijkstra maintainer"), "{text}");
    // The second time, it is an ordinary SSO login.
    browser.navigate(&hub.join_link).await;
    assert!(browser.page().url.path().ends_with("/start"), "{}", browser.trail());
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/activity").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    let text = ada.page().text();
    assert!(
        text.contains("member.joined Edsger Dijkstra") && text.contains("join_link.made Ada Lovelace"),
        "{text}"
    );
}

#[tokio::test]
async fn a_visitor_without_an_account_gets_one_and_becomes_a_member() {
    let hub = Running::demo().await;
    let mut browser = Browser::new();
    browser.navigate(&hub.join_link).await;
    assert!(browser.page().text().contains("I have an account here"), "{}", browser.page().text());
    join(&mut browser, "barbara@acme.example", "acme-barbara").await;
    assert_eq!(browser.page().url.path(), "/register", "{}", browser.trail());
    let page = browser.page().text().to_owned();
    assert!(page.contains("Acme Rockets vouches for barbara@acme.example"), "{page}");
    let registration = browser.page().url.to_string();
    // The page asks again for what is missing.
    browser.submit("register", &[("password", "short")]).await;
    assert!(browser.page().text().contains("at least 8 characters"), "{}", browser.page().text());
    // Another browser can't use the address.
    let mut other = Browser::new();
    assert_eq!(other.navigate(hub.at("/register?ticket=x")).await.status, StatusCode::FORBIDDEN);
    browser.submit("register", &[("password", "a good password")]).await;
    assert_eq!(browser.page().url.as_str(), hub.at("/acme"), "{}", browser.trail());
    let text = browser.page().text();
    // Acme's provider makes her an administrator. A join link only makes her a member; her next SSO login brings the
    // rest.
    assert!(text.contains("Row 6") && text.contains("member of Acme Rockets"), "{text}");
    assert!(text.contains("Barbara Liskov"), "{text}");
    assert_eq!(browser.navigate(&registration).await.status, StatusCode::FORBIDDEN, "it is used up");
    // From now on she signs in with her own password. The provider's confirmation alone is not enough.
    browser.press("sign-out", "Sign out", &[]).await;
    browser.navigate(hub.at("/sign-in?return_to=/acme")).await;
    browser.submit("sign-in", &[("email", "barbara@acme.example"), ("password", "a good password")]).await;
    assert!(
        browser.page().url.path().ends_with("/start"),
        "a member, who logs in with SSO: {}",
        browser.trail()
    );
}

#[tokio::test]
async fn a_visitor_whose_address_has_an_account_must_sign_in_to_it() {
    let hub = Running::demo().await;
    let mut browser = Browser::new();
    browser.navigate(&hub.join_link).await;
    join(&mut browser, "edsger@acme.example", "acme-edsger").await;
    let page = browser.page().text().to_owned();
    assert!(page.contains("You have an account") && page.contains("Nobody is signed in"), "{page}");
    browser.click("join%2Fclaim").await;
    browser.submit("sign-in", &[("email", "edsger@acme.example"), ("password", "hub-edsger")]).await;
    assert_eq!(browser.page().url.as_str(), hub.at("/acme"), "{}", browser.trail());
    assert!(browser.page().text().contains("maintainer of Acme Rockets"), "{}", browser.page().text());
}

#[tokio::test]
async fn only_administrators_make_list_and_revoke_join_links() {
    let hub = Running::demo().await;
    let mut grace = hub.signed_in("Grace Hopper", "/acme").await;
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    assert_eq!(grace.navigate(hub.at("/acme/join-links")).await.status, StatusCode::NOT_FOUND);
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/join-links").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    ada.submit("make", &[]).await;
    let text = ada.page().text().to_owned();
    let link = text.split_whitespace().find(|word| word.contains("/join?link=")).unwrap().to_owned();
    assert_eq!(text.matches("Made by Ada Lovelace").count(), 2, "{text}");
    let text = ada.navigate(hub.at("/acme/join-links")).await.text().to_owned();
    assert!(!text.contains("link="), "it is shown once: {text}");
    // The newest event is listed first.
    ada.press("/acme/join-links/revoke", "Revoke", &[]).await;
    assert_eq!(ada.page().text().matches("Made by Ada Lovelace").count(), 1, "{}", ada.page().text());
    let mut browser = hub.signed_in("Edsger Dijkstra", "/").await;
    let page = browser.navigate(&link).await;
    assert!(
        page.status == StatusCode::NOT_FOUND && page.text().contains("no longer works"),
        "{}",
        page.text()
    );
    assert_eq!(browser.navigate(&hub.join_link).await.status, StatusCode::OK);
}
