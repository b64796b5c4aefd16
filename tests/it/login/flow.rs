//! Whole SSO logins in a browser that keeps cookies by the rules. The app is on 127.0.0.1, the providers on `localhost`:
//! two sites.

use std::time::Duration;

use tower_sso::{
    Secret,
    oidc::{ClientAuthentication, JwsAlgorithm, ResponseMode},
};
use tower_sso_test_idp::{ClientAuth, SigningAlg, TestClient, TestKey};

use crate::{
    browser::Browser,
    scene::{Plan, SECRET, TestApp, email},
};

const GUARDED: &str = "/acme/repo?tab=files&line=7";
const WEEK: u64 = 7 * 24 * 60 * 60;

/// A browser that is signed in to the app.
pub fn signed_in(scene: &TestApp, account: &str, credential: &str) -> Browser {
    let browser = Browser::new();
    browser.set_cookie(&scene.base, &scene.login.cookie(account, credential));
    browser
}

/// From a start page, by its button, to the provider's form, and signs in there as `account`.
pub async fn through_the_provider(browser: &mut Browser, account: &str) {
    assert_eq!(browser.page().status, 200, "{}\n{}", browser.trail(), browser.page().text());
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.submit("sign-in", &[("email", &email(account)), ("password", "a password")]).await;
}

/// The paths of the last load's hops, without their queries.
fn paths(browser: &Browser) -> Vec<String> {
    browser.hops().iter().map(|hop| format!("{} {}", hop.method, hop.url.path())).collect()
}

#[tokio::test]
async fn a_member_logs_in_and_lands_where_they_wanted_to_go() {
    let scene = TestApp::new().await;
    let mut browser = signed_in(&scene, "ada", "1");
    browser.navigate(scene.url(GUARDED)).await;
    assert_eq!(paths(&browser), ["GET /acme/repo", "GET /sso/1/start"]);
    assert_eq!(browser.hops()[0].status, 303);
    assert_eq!(scene.handled(), 0);
    through_the_provider(&mut browser, "ada").await;
    let trail = ["POST /sign-in", "GET /sso/1/oidc/callback", "GET /sso/1/finish", "GET /acme/repo"];
    assert_eq!(paths(&browser), trail);
    let statuses: Vec<_> = browser.hops().iter().map(|hop| hop.status.as_u16()).collect();
    assert_eq!(statuses, [303, 303, 303, 200]);
    assert_eq!(browser.page().url.as_str(), scene.url(GUARDED));
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"));
    assert_eq!((scene.handled(), scene.switch.stored()), (1, 1));
    scene.shows_no_secret(&browser.page().body);

    // Nothing of ours sets a cookie, and nothing of ours names a ticket to anyone.
    for hop in browser.hops().iter().filter(|hop| hop.url.path().starts_with("/sso/")) {
        assert_eq!(hop.header("set-cookie"), None, "{}", hop.url);
        assert_eq!(hop.header("referrer-policy"), Some("no-referrer"), "{}", hop.url);
        assert_eq!(hop.header("cache-control"), Some("no-store"), "{}", hop.url);
    }
    let events = scene.events.lock().unwrap().clone();
    let names: Vec<_> = events.iter().map(|event| event.action.name()).collect();
    assert_eq!(names, ["login.begun", "login.received", "link.created", "login.finished"]);
    for event in &events {
        assert_eq!(event.organization.as_ref().map(|it| it.as_str()), Some("1"), "{event:?}");
        assert_eq!(event.account.as_ref().map(|it| it.as_str()), Some("ada"), "{event:?}");
    }
    let applied = scene.host.0.applied.lock().unwrap().clone();
    let [login] = applied.as_slice() else { panic!("{applied:?}") };
    assert_eq!((login.organization.as_str(), login.account.as_str()), ("1", "ada"));
    assert_eq!(login.email, "ada@acme.example");
    assert_eq!(login.profile.attributes()["preferred_username"], "ada");

    // In for the session's lifetime, without another look at the provider.
    let asked = scene.acme.requests();
    browser.navigate(scene.url("/acme/elsewhere")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/elsewhere");
    assert_eq!(scene.acme.requests(), asked);
}

#[tokio::test]
async fn a_login_lasts_seven_days_from_its_finish_whatever_happens_in_between() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    // Used all the time, and not prolonged by it.
    for _ in 0..6 {
        scene.hands.seconds(WEEK / 7);
        assert!(scene.is_logged_in(&ada, "1").await);
    }
    scene.hands.seconds(WEEK / 7 - 1);
    assert!(scene.is_logged_in(&ada, "1").await);
    scene.hands.seconds(1);
    assert!(!scene.is_logged_in(&ada, "1").await);
    scene.log_in(&ada, "1").await;
    assert!(scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn each_connection_has_its_own_timeout() {
    let hour = |connection: tower_sso::ConnectionSettings| connection.timeout(Duration::from_secs(3600));
    let scene = TestApp::of(Plan { connection: hour, ..Plan::default() }).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.hands.seconds(3599);
    assert!(scene.is_logged_in(&ada, "1").await);
    scene.hands.seconds(1);
    assert!(!scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn two_users_login_at_two_organizations_that_tell_who_the_app_is_each_in_its_own_way() {
    // Organization 2 takes `client_secret_post` throughout.
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
        let scene = TestApp::of(Plan {
            authentication,
            clients: |base| {
                let key = TestKey::shared(SigningAlg::Es256).unwrap();
                let client = |id| TestClient::new(id, format!("{base}/sso/1/oidc/callback"));
                vec![
                    client("basic").secret(SECRET).auth(ClientAuth::SecretBasic),
                    client("jwt").secret(SECRET).auth(ClientAuth::SecretJwt),
                    client("key").key(key.public_jwk()).auth(ClientAuth::PrivateKeyJwt),
                    client("auto").secret(SECRET).auth(ClientAuth::SecretBasic),
                    client("public").auth(ClientAuth::None),
                ]
            },
            client_id: client_id.to_owned(),
            ..Plan::default()
        })
        .await;
        let (mut one, mut other) = (signed_in(&scene, "ada", "1"), signed_in(&scene, "bob", "2"));
        one.navigate(scene.url("/acme/x")).await;
        other.navigate(scene.url("/initech/y")).await;
        through_the_provider(&mut one, "ada").await;
        through_the_provider(&mut other, "bob").await;
        assert_eq!(one.page().text(), "Fresh ada at /acme/x", "{auth:?}\n{}", one.trail());
        assert_eq!(other.page().text(), "Fresh bob at /initech/y", "{auth:?}");
        // Each at its own organization, and nowhere else.
        one.navigate(scene.url("/initech/y")).await;
        assert_eq!(one.page().url.path(), "/sso/2/start");
        other.navigate(scene.url("/acme/x")).await;
        assert_eq!(other.page().text(), "NonMember at /acme/x");
    }
}

#[tokio::test]
async fn an_answer_that_is_posted_from_another_site_brings_no_cookie_and_works() {
    let scene = TestApp::of(Plan {
        oidc: |settings| settings.response_mode(ResponseMode::FormPost),
        ..Plan::default()
    })
    .await;
    let mut browser = signed_in(&scene, "ada", "1");
    browser.navigate(scene.url(GUARDED)).await;
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
async fn everybody_else_passes_untouched() {
    let scene = TestApp::new().await;
    for (account, says) in [("mallory", "NonMember"), ("eve", "ExternalCollaborator")] {
        let mut browser = signed_in(&scene, account, account);
        browser.navigate(scene.url("/acme/x")).await;
        assert_eq!(browser.page().text(), format!("{says} at /acme/x"));
        assert_eq!(browser.hops().len(), 1);
    }
    let mut browser = Browser::new();
    browser.navigate(scene.url("/acme/x")).await;
    assert_eq!(browser.page().text(), "Anonymous at /acme/x");
    browser.navigate(scene.url("/umbrella/x")).await;
    assert_eq!((scene.actions().len(), scene.acme.requests().len()), (0, 0));
}

#[tokio::test]
async fn who_signs_out_has_to_log_in_again() {
    let scene = TestApp::new().await;
    let mut browser = signed_in(&scene, "ada", "1");
    browser.navigate(scene.url(GUARDED)).await;
    through_the_provider(&mut browser, "ada").await;
    browser.navigate(scene.url("/logout")).await;
    assert_eq!(browser.page().text(), "signed out");
    scene.hands.seconds(30);
    browser.navigate(scene.url(GUARDED)).await;
    assert_eq!(browser.page().url.path(), "/sso/1/start");
    assert_eq!((browser.page().status.as_u16(), scene.handled()), (200, 1));
}

#[tokio::test]
async fn a_cross_site_page_can_send_nobody_through_a_login_without_their_click() {
    let scene = TestApp::new().await;
    let mut browser = signed_in(&scene, "ada", "1");
    // Ada is signed in at the provider already: it would ask nothing.
    browser.navigate(scene.acme.issuer()).await;
    browser.navigate(scene.url("/acme/x")).await;
    through_the_provider(&mut browser, "ada").await;
    browser.navigate(scene.url("/logout")).await;
    browser.navigate(scene.acme.issuer()).await;
    let begun = |scene: &TestApp| scene.actions().iter().filter(|name| **name == "login.begun").count();
    begun(&scene);
    // A frame, an image, a script, a prefetch of the start page and of a guarded one.
    use crate::browser::Kind::{Iframe, Image, Prefetch, Script};
    for kind in [Iframe, Image, Script, Prefetch] {
        for path in ["/sso/1/start", "/acme/x", "/sso/1/begin"] {
            browser.embed(kind, &scene.url(path)).await;
        }
    }
    assert_eq!(begun(&scene), 0);
}
