//! SSO logins of an app whose organizations have their own hosts, `acme.hub.localhost`, and of an app below a path.

use http::StatusCode;
use tower_sso::{Namespace, login::LoginErrorKind::ReturnPathInvalid};

use super::flow::through_the_provider;
use crate::{
    browser::Browser,
    support::header,
    test_app::{TestApp, TestConfig},
};

const BASE_HOST: (&str, &str) = ("host", "hub.localhost");

async fn hosted() -> TestApp {
    let namespace: fn() -> Namespace = || Namespace::host("{org}.hub.localhost").unwrap();
    let config =
        TestConfig { host_name: "hub.localhost", namespace: Some(namespace), ..TestConfig::default() };
    TestApp::of(config).await
}

/// Returns an address of an organization's own host.
fn on_host(app: &TestApp, label: &str, path: &str) -> String {
    app.url(path).replacen("://", &format!("://{label}."), 1)
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_login_leads_back_to_the_organizations_own_host() {
    let app = hosted().await;
    let mut browser = Browser::new();
    browser.set_cookie(&app.base, "session=ada.1; Domain=hub.localhost; Path=/; HttpOnly; SameSite=Lax");
    let page = on_host(&app, "acme", "/plans/x?tab=1");
    browser.navigate(&page).await;
    assert_eq!(browser.page().url.host_str(), Some("hub.localhost"), "{}", browser.trail());
    assert_eq!(browser.page().url.path(), "/sso/1/start");
    assert_eq!(app.handled(), 0);
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().url.as_str(), page, "{}", browser.trail());
    assert_eq!(browser.page().text(), "Fresh ada at /plans/x?tab=1");
    // The session is the organization's, and not another's.
    browser.navigate(on_host(&app, "initech", "/plans/x")).await;
    assert_eq!(browser.page().url.path(), "/sso/2/start");
    // The base host belongs to no organization: a handler that extracts the pass fails there.
    browser.navigate(app.url("/plans/x")).await;
    assert_eq!(browser.page().status, 500);
}

#[tokio::test]
async fn an_app_session_of_one_host_alone_opens_nothing_on_another() {
    let app = hosted().await;
    let mut browser = Browser::new();
    let page = on_host(&app, "acme", "/plans/x");
    browser.set_cookie(&page, "session=ada.1; Path=/; HttpOnly; SameSite=Lax");
    browser.navigate(&page).await;
    // The SSO pages are on the base host, which does not get the cookie: the app signs in there.
    assert_eq!(browser.page().url.path(), "/login", "{}", browser.trail());
    assert_eq!(app.handled(), 0);
}

#[tokio::test]
async fn a_login_leads_only_to_a_host_of_its_own_organization() {
    let app = hosted().await;
    let ada = app.actor("ada");
    let origin = app.base.clone();
    let port = origin.rsplit(':').next().unwrap();
    let begin = async |page: &str| {
        let form = format!("return_to={}", encoded(page));
        app.post(&ada, "/sso/1/begin", &[("origin", &origin), BASE_HOST], form).await
    };
    for page in [
        on_host(&app, "initech", "/plans"),
        on_host(&app, "nobody", "/plans"),
        on_host(&app, "www", "/"),
        on_host(&app, "ACME", "/plans"),
        on_host(&app, "a.acme", "/plans"),
        on_host(&app, "acme", "//evil.example"),
        "http://acme.hub.localhost/plans".to_owned(),
        format!("https://acme.hub.localhost:{port}/plans"),
        format!("http://acme.hub.localhost.evil.com:{port}/plans"),
        format!("http://acme.hub.localhost:{port}.evil.com/plans"),
        format!("http://acme.hub.localhost:{port}@evil.com/plans"),
        format!("http://acme.hub.localhost.:{port}/plans"),
        format!("//acme.hub.localhost:{port}/plans"),
    ] {
        app.refused(begin(&page).await, ReturnPathInvalid).await;
        let start = format!("/sso/1/start?return_to={}", encoded(&page));
        let shown = app.send(app.request(&ada, "GET", &start, &[BASE_HOST])).await;
        app.refused(shown, ReturnPathInvalid).await;
    }
    let own = on_host(&app, "acme", "/plans");
    let start = format!("/sso/1/start?return_to={}", encoded(&own));
    assert_eq!(app.send(app.request(&ada, "GET", &start, &[BASE_HOST])).await.status(), StatusCode::OK);
    let authorize = app.to_provider(begin(&own).await).await;
    let returned = app.signed_in(&ada, "1", &authorize).await;
    let path = returned.strip_prefix(&app.base).unwrap();
    let finish = app.location(app.send(app.request(&ada, "GET", path, &[BASE_HOST])).await).await;
    let path = finish.strip_prefix(&app.base).unwrap();
    let finished = app.send(app.request(&ada, "GET", path, &[BASE_HOST])).await;
    assert_eq!(header(&finished, "location"), own, "the accepted counterpart");
    app.count_finished();
}

/// The page of a tenant is another origin: its forms begin nothing.
#[tokio::test]
async fn a_form_of_an_organizations_host_is_refused_on_the_base_host() {
    use tower_sso::login::LoginErrorKind::CrossOrigin;
    let app = hosted().await;
    let ada = app.actor("ada");
    for host in ["acme", "initech"] {
        let origin = on_host(&app, host, "");
        app.refused(
            app.post(&ada, "/sso/1/begin", &[("origin", &origin), BASE_HOST], "return_to=/").await,
            CrossOrigin,
        )
        .await;
    }
    let begun = app.post(&ada, "/sso/1/begin", &[("origin", &app.base), BASE_HOST], "return_to=/").await;
    assert!(app.to_provider(begun).await.starts_with(app.acme.issuer()), "the accepted counterpart");
}

#[tokio::test]
async fn a_login_of_an_app_below_a_path_stays_below_it() {
    let app = TestApp::of(TestConfig { path: "/app", ..TestConfig::default() }).await;
    let mut browser = Browser::new();
    browser.set_cookie(&app.base, "session=ada.1; Path=/app; HttpOnly; SameSite=Lax");
    browser.navigate(app.url("/acme/repo?tab=files")).await;
    assert_eq!(browser.page().url.path(), "/app/sso/1/start", "{}", browser.trail());
    assert_eq!(browser.page().form("begin").action, "/app/sso/1/begin");
    assert!(browser.page().body.contains("\"/app/sso/sso.css\""), "{}", browser.page().body);
    through_the_provider(&mut browser, "ada").await;
    let paths: Vec<_> = browser.hops().iter().map(|hop| hop.url.path().to_owned()).collect();
    assert_eq!(paths, ["/sign-in", "/app/sso/1/oidc/callback", "/app/sso/1/finish", "/app/acme/repo"]);
    assert_eq!(browser.page().url.as_str(), app.url("/acme/repo?tab=files"));
    assert_eq!(browser.page().text(), "Fresh ada at /acme/repo?tab=files");

    // Without a return path, a login leads to the app's own front page. Paths of other apps are refused.
    for (back, fits) in [("/app/acme", true), ("/acme", false), ("/", false), ("/other/app", false)] {
        browser.navigate(app.url(&format!("/sso/1/start?return_to={}", encoded(back)))).await;
        assert_eq!(browser.page().status == 200, fits, "{back}: {}", browser.trail());
    }
}
