//! Whole SSO logins in a browser that follows the cookie rules. The app is on 127.0.0.1 and the providers are on
//! `localhost`, so they are two sites.

use std::time::Duration;

use tower_sso::{
    Secret,
    oidc::{ClientAuthentication, JwsAlgorithm, ResponseMode},
};
use tower_sso_test_idp::{ClientAuth, SigningAlg, TestClient, TestKey};

use crate::{
    browser::Browser,
    support::text,
    test_app::{
        SECRET, TestApp, TestConfig, email,
        fault::{Fault, Verb},
    },
};

const GUARDED: &str = "/acme/repo?tab=files&line=7";
const WEEK: u64 = 7 * 24 * 60 * 60;

/// Returns a browser that is signed in to the app.
pub fn signed_in(app: &TestApp, account: &str, credential: &str) -> Browser {
    let browser = Browser::new();
    browser.set_cookie(&app.base, &app.login.cookie(account, credential));
    browser
}

/// Presses the button of a start page, follows it to the provider's form, and signs in there as `account`.
pub async fn through_the_provider(browser: &mut Browser, account: &str) {
    assert_eq!(browser.page().status, 200, "{}\n{}", browser.trail(), browser.page().text());
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.submit("sign-in", &[("email", &email(account)), ("password", "a password")]).await;
}

/// Returns the paths of the last load's hops, without their queries.
fn paths(browser: &Browser) -> Vec<String> {
    browser.hops().iter().map(|hop| format!("{} {}", hop.method, hop.url.path())).collect()
}

#[tokio::test]
async fn a_member_logs_in_and_returns_to_the_requested_page() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    assert_eq!(paths(&browser), ["GET /acme/repo", "GET /sso/1/start"]);
    assert_eq!(browser.hops()[0].status, 303);
    assert_eq!(app.handled(), 0);
    through_the_provider(&mut browser, "ada").await;
    let trail = ["POST /sign-in", "GET /sso/1/oidc/callback", "GET /sso/1/finish", "GET /acme/repo"];
    assert_eq!(paths(&browser), trail);
    let statuses: Vec<_> = browser.hops().iter().map(|hop| hop.status.as_u16()).collect();
    assert_eq!(statuses, [303, 303, 303, 200]);
    assert_eq!(browser.page().url.as_str(), app.url(GUARDED));
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"));
    assert_eq!((app.handled(), app.faults.stored()), (1, 1));
    app.shows_no_secret(&browser.page().body);

    // Our responses set no cookie and reveal no ticket to another site.
    for hop in browser.hops().iter().filter(|hop| hop.url.path().starts_with("/sso/")) {
        assert_eq!(hop.header("set-cookie"), None, "{}", hop.url);
        assert_eq!(hop.header("referrer-policy"), Some("no-referrer"), "{}", hop.url);
        assert_eq!(hop.header("cache-control"), Some("no-store"), "{}", hop.url);
    }
    let events = app.events.lock().unwrap().clone();
    let names: Vec<_> = events.iter().map(|event| event.action.name()).collect();
    assert_eq!(names, ["login.begun", "login.received", "link.created", "login.finished"]);
    for event in &events {
        assert_eq!(event.organization.as_ref().map(|it| it.as_str()), Some("1"), "{event:?}");
        assert_eq!(event.account.as_ref().map(|it| it.as_str()), Some("ada"), "{event:?}");
    }
    let applied = app.host.state.applied.lock().unwrap().clone();
    let [login] = applied.as_slice() else { panic!("{applied:?}") };
    assert_eq!((login.organization.as_str(), login.account.as_str()), ("1", "ada"));
    assert_eq!(login.email, "ada@acme.example");
    assert_eq!(login.profile.attributes()["preferred_username"], "ada");

    // The member passes for the session's lifetime without another request to the provider.
    let asked = app.acme.requests();
    browser.navigate(app.url("/acme/elsewhere")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/elsewhere");
    assert_eq!(app.acme.requests(), asked);
}

/// What a script does with a challenge, as docs/tokens.md says: `sso_url` takes the page to return to.
#[tokio::test]
async fn a_script_adds_its_page_to_the_address_of_a_challenge() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let mut browser = signed_in(&app, "ada", "1");
    let told = app.send(app.request(&ada, "POST", "/acme/api", &[("accept", "application/json")])).await;
    assert_eq!(told.status(), 401);
    let problem: serde_json::Value = serde_json::from_str(&text(told).await).unwrap();
    let mut url = url::Url::parse(problem["sso_url"].as_str().unwrap()).unwrap();
    assert_eq!(
        url.as_str(),
        app.url("/sso/1/start"),
        "it names no page: a script may have been called from any"
    );
    url.query_pairs_mut().append_pair("return_to", GUARDED);
    browser.navigate(&url).await;
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().url.as_str(), app.url(GUARDED));

    // The whole address of the page works too, and a page of another site does not.
    for (page, fits) in [(app.url(GUARDED), true), ("https://evil.example/".to_owned(), false)] {
        app.clock.seconds(31); // after that, the same page again is not a loop
        url.query_pairs_mut().clear().append_pair("return_to", &page);
        browser.navigate(&url).await;
        assert_eq!(browser.page().status == 200, fits, "{page}");
    }
}

/// Every lookup of the app, the connections and the stores answers later.
#[tokio::test]
async fn a_login_succeeds_if_every_lookup_answers_later() {
    let app = TestApp::new().await;
    app.faults.answer_late();
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url("/acme/repo")).await;
    assert_eq!(browser.page().url.path(), "/sso/1/start");
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/repo");
    for verb in [Verb::Viewer, Verb::Organization, Verb::Membership] {
        app.faults.set(Some((verb, Fault::FailsLater)));
        browser.navigate(app.url("/acme/repo")).await;
        assert_eq!(browser.page().status, 503, "{verb:?}");
    }
    app.faults.set(None);
    browser.navigate(app.url("/acme/repo")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/repo", "the accepted counterpart");
}

#[tokio::test]
async fn a_session_lasts_seven_days_and_use_does_not_prolong_it() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    // Using the session all the time does not prolong it.
    for _ in 0..6 {
        app.clock.seconds(WEEK / 7);
        assert!(app.is_logged_in(&ada, "1").await);
    }
    app.clock.seconds(WEEK / 7 - 1);
    assert!(app.is_logged_in(&ada, "1").await);
    app.clock.seconds(1);
    assert!(!app.is_logged_in(&ada, "1").await);
    app.log_in(&ada, "1").await;
    assert!(app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn each_connection_has_its_own_timeout() {
    let hour = |connection: tower_sso::ConnectionSettings| connection.timeout(Duration::from_secs(3600));
    let app = TestApp::of(TestConfig { connection: hour, ..TestConfig::default() }).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.clock.seconds(3599);
    assert!(app.is_logged_in(&ada, "1").await);
    app.clock.seconds(1);
    assert!(!app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn two_users_log_in_at_organizations_with_different_client_authentication() {
    // Organization 2 uses `client_secret_post` throughout.
    let key = TestKey::shared(SigningAlg::Es256).unwrap();
    let private = key.private_key_pem().unwrap();
    let private_key = ClientAuthentication::PrivateKeyJwt {
        key: private,
        algorithm: JwsAlgorithm::Es256,
        key_id: Some(key.kid().to_owned()),
    };
    let secret = || Secret::new(SECRET.to_owned());
    for (client_id, authentication, auth) in [
        ("basic", ClientAuthentication::SecretBasic(secret()), ClientAuth::SecretBasic),
        ("jwt", ClientAuthentication::SecretJwt(secret()), ClientAuth::SecretJwt),
        ("key", private_key, ClientAuth::PrivateKeyJwt),
        ("auto", ClientAuthentication::SecretAuto(secret()), ClientAuth::SecretBasic),
        ("public", ClientAuthentication::None, ClientAuth::None),
    ] {
        let app = TestApp::of(TestConfig {
            authentication,
            clients: |base| {
                let key = TestKey::shared(SigningAlg::Es256).unwrap();
                let client = |id| TestClient::new(id).redirect_uri(format!("{base}/sso/1/oidc/callback"));
                vec![
                    client("basic").secret(SECRET).auth(ClientAuth::SecretBasic),
                    client("jwt").secret(SECRET).auth(ClientAuth::SecretJwt),
                    client("key").key(key.public_jwk()).auth(ClientAuth::PrivateKeyJwt),
                    client("auto").secret(SECRET).auth(ClientAuth::SecretBasic),
                    client("public").auth(ClientAuth::None),
                ]
            },
            client_id: client_id.to_owned(),
            ..TestConfig::default()
        })
        .await;
        let (mut one, mut other) = (signed_in(&app, "ada", "1"), signed_in(&app, "bob", "2"));
        one.navigate(app.url("/acme/x")).await;
        other.navigate(app.url("/initech/y")).await;
        through_the_provider(&mut one, "ada").await;
        through_the_provider(&mut other, "bob").await;
        assert_eq!(one.page().text(), "Fresh ada at /acme/x", "{auth:?}\n{}", one.trail());
        assert_eq!(other.page().text(), "Fresh bob at /initech/y", "{auth:?}");
        // Each browser passes at its own organization and nowhere else.
        one.navigate(app.url("/initech/y")).await;
        assert_eq!(one.page().url.path(), "/sso/2/start");
        other.navigate(app.url("/acme/x")).await;
        assert_eq!(other.page().text(), "NonMember at /acme/x");
    }
}

#[tokio::test]
async fn a_form_post_answer_carries_no_cookie_and_works() {
    let app = TestApp::of(TestConfig {
        oidc: |settings| settings.response_mode(ResponseMode::FormPost),
        ..TestConfig::default()
    })
    .await;
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().form("").method, "post", "{}", browser.trail());
    browser.submit("", &[]).await;
    assert_eq!(paths(&browser), ["POST /sso/1/oidc/callback", "GET /sso/1/finish", "GET /acme/repo"]);
    let [received, finished, ..] = browser.hops() else { panic!("{}", browser.trail()) };
    assert_eq!(received.sent("sec-fetch-site"), Some("cross-site"));
    assert_eq!(received.cookies_sent(), [""; 0]);
    assert_eq!(finished.cookies_sent(), ["session"]);
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"));
}

#[tokio::test]
async fn everyone_but_members_passes_unchanged() {
    let app = TestApp::new().await;
    for (account, says) in [("mallory", "NonMember"), ("eve", "ExternalCollaborator")] {
        let mut browser = signed_in(&app, account, account);
        browser.navigate(app.url("/acme/x")).await;
        assert_eq!(browser.page().text(), format!("{says} at /acme/x"));
        assert_eq!(browser.hops().len(), 1);
    }
    let mut browser = Browser::new();
    browser.navigate(app.url("/acme/x")).await;
    assert_eq!(browser.page().text(), "Anonymous at /acme/x");
    browser.navigate(app.url("/umbrella/x")).await;
    assert_eq!((app.actions().len(), app.acme.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_member_who_signs_out_has_to_log_in_again() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    through_the_provider(&mut browser, "ada").await;
    browser.navigate(app.url("/logout")).await;
    assert_eq!(browser.page().text(), "signed out");
    app.clock.seconds(30);
    browser.navigate(app.url(GUARDED)).await;
    assert_eq!(browser.page().url.path(), "/sso/1/start");
    assert_eq!((browser.page().status.as_u16(), app.handled()), (200, 1));
}

#[tokio::test]
async fn a_cross_site_page_cannot_begin_a_login_without_a_click() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app, "ada", "1");
    // Ada is already signed in at the provider, which would not ask her anything.
    browser.navigate(app.acme.issuer()).await;
    browser.navigate(app.url("/acme/x")).await;
    through_the_provider(&mut browser, "ada").await;
    browser.navigate(app.url("/logout")).await;
    browser.navigate(app.acme.issuer()).await;
    let begun = |app: &TestApp| app.actions().iter().filter(|name| **name == "login.begun").count();
    begun(&app);
    // A frame, an image, a script, and a prefetch, each of the start page and of a guarded page.
    use crate::browser::Kind::{Iframe, Image, Prefetch, Script};
    for kind in [Iframe, Image, Script, Prefetch] {
        for path in ["/sso/1/start", "/acme/x", "/sso/1/begin"] {
            browser.embed(kind, &app.url(path)).await;
        }
    }
    assert_eq!(begun(&app), 0);
}
