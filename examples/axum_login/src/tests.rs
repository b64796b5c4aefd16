//! Tests of the app from outside, with a browser.

#[path = "../../../tests/browser/mod.rs"]
mod browser;

use axum::http::StatusCode;
use tokio::net::TcpListener;
use tower_sso::{AccountId, CredentialId, Sso};
use tower_sso_test_idp::RunningIdp;

use self::browser::Browser;
use crate::start;

/// The app, running, and the identity provider of Acme.
struct Running {
    origin: String,
    sso: Sso,
    _idp: RunningIdp,
}

impl Running {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (sso, app, idp) = start(&listener).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { origin, sso, _idp: idp }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Opens the plans of Acme and signs in to the app there, which leads on to the page that was asked for.
    async fn open_plans_as(&self, name: &str) -> Browser {
        let mut browser = Browser::new();
        browser.navigate(self.at("/acme/plans")).await;
        assert_eq!(browser.page().url.as_str(), self.at("/login?next=%2Facme%2Fplans"));
        sign_in(&mut browser, name, &format!("app-{name}")).await;
        browser
    }

    /// Returns a browser in which Ada has signed in and logged in with SSO.
    async fn logged_in(&self) -> Browser {
        let mut browser = self.open_plans_as("ada").await;
        log_in_with_sso(&mut browser).await;
        assert_plans(&browser);
        browser
    }

    /// The credential ids of the active SSO sessions of Ada.
    async fn credentials(&self) -> Vec<CredentialId> {
        let page = self.sso.account_sessions(&AccountId::new("1"), None).await.unwrap();
        page.sessions.iter().map(|session| session.credential.id.clone()).collect()
    }

    /// The value of the session cookie.
    fn cookie(&self, browser: &Browser) -> String {
        browser.cookie(&self.origin, "id").unwrap()
    }
}

async fn sign_in(browser: &mut Browser, name: &str, password: &str) {
    browser.submit("", &[("name", name), ("password", password)]).await;
}

/// Asserts that the layer asks for an SSO login.
async fn assert_challenged(browser: &mut Browser) {
    // Ada has logged in with SSO for this page a moment ago, with another session of the app. A page says so once.
    if browser.page().status == StatusCode::CONFLICT {
        browser.click("Try again").await;
    }
    assert_eq!(browser.page().title(), "Single sign-on to Acme", "{}", browser.trail());
    assert_eq!(browser.page().url.path(), "/sso/1/start");
}

fn assert_plans(browser: &Browser) {
    assert_eq!(browser.page().text(), "These are the plans.", "{}", browser.trail());
}

async fn log_in_with_sso(browser: &mut Browser) {
    assert_challenged(browser).await;
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.press("/sign-in", "Sign in", &[("email", "ada@acme.example"), ("password", "acme-ada")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_signs_in_logs_in_with_sso_and_arrives_at_the_requested_page() {
    let app = Running::new().await;
    let mut browser = app.open_plans_as("ada").await;
    log_in_with_sso(&mut browser).await;
    assert_plans(&browser);
    assert_eq!(browser.page().url.as_str(), app.at("/acme/plans"));
    browser.navigate(app.at("/acme/plans")).await;
    assert_plans(&browser);
    // An SSO session belongs to one login session.
    assert_challenged(&mut app.open_plans_as("ada").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_the_cookie_is_not_given_to_tower_sso() {
    let app = Running::new().await;
    let browser = app.logged_in().await;
    let [credential] = &app.credentials().await[..] else { panic!("one session") };
    assert!(!credential.as_str().contains(&app.cookie(&browser)), "{credential}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_another_id_keeps_its_sso_session() {
    let app = Running::new().await;
    let mut browser = app.logged_in().await;
    let (cookie, credentials) = (app.cookie(&browser), app.credentials().await);
    browser.navigate(app.at("/")).await;
    browser.submit("/new-session-id", &[]).await;
    assert_eq!(browser.page().title(), "Home", "{}", browser.trail());
    assert_ne!(app.cookie(&browser), cookie);
    browser.navigate(app.at("/acme/plans")).await;
    assert_plans(&browser);
    // The session moved: it was not copied. The earlier id no longer signs in to the app, either.
    assert_eq!(app.credentials().await.len(), 1);
    assert_ne!(app.credentials().await, credentials);
    browser.set_cookie(&app.origin, &format!("id={cookie}; Path=/"));
    assert_eq!(browser.navigate(app.at("/acme/plans")).await.title(), "Sign in");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_sso_session() {
    let app = Running::new().await;
    let mut browser = app.logged_in().await;
    assert_eq!(app.credentials().await.len(), 1);
    browser.navigate(app.at("/")).await;
    browser.submit("/logout", &[]).await;
    assert_eq!(browser.page().title(), "Sign in", "{}", browser.trail());
    assert_eq!(app.credentials().await, []);
    browser.navigate(app.at("/acme/plans")).await;
    sign_in(&mut browser, "ada", "app-ada").await;
    assert_challenged(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_not_a_member_is_not_asked_for_sso() {
    let app = Running::new().await;
    let mut browser = app.open_plans_as("niels").await;
    assert_eq!(browser.page().url.as_str(), app.at("/acme/plans"), "{}", browser.trail());
    assert_eq!(browser.page().status, StatusCode::NOT_FOUND);
    assert_eq!(browser.navigate(app.at("/")).await.title(), "Home");
    // An organization that does not exist gives the same answer.
    assert_eq!(browser.navigate(app.at("/globex/plans")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_signs_nobody_in() {
    let app = Running::new().await;
    for (name, password) in [("ada", "app-niels"), ("ada", ""), ("nobody", "app-ada")] {
        let mut browser = Browser::new();
        browser.navigate(app.at("/login")).await;
        sign_in(&mut browser, name, password).await;
        assert_eq!(browser.page().status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(browser.navigate(app.at("/")).await.title(), "Sign in", "{name}");
    }
    let mut browser = Browser::new();
    browser.navigate(app.at("/login")).await;
    sign_in(&mut browser, "ada", "app-ada").await;
    assert_eq!(browser.page().title(), "Home", "the accepted counterpart");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sso_page_sends_a_visitor_to_sign_in_and_back() {
    let app = Running::new().await;
    let mut browser = Browser::new();
    browser.navigate(app.at("/sso/1/start?return_to=%2Facme%2Fplans%3Fa%3D1%26b%3D2")).await;
    assert_eq!(browser.page().title(), "Sign in", "{}", browser.trail());
    sign_in(&mut browser, "ada", "app-ada").await;
    log_in_with_sso(&mut browser).await;
    assert_eq!(browser.page().url.as_str(), app.at("/acme/plans?a=1&b=2"), "{}", browser.trail());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_no_other_site() {
    let app = Running::new().await;
    for (next, arrives) in
        [("%2F%2Fevil.example", "/"), ("https:%2F%2Fevil.example", "/"), ("%2F%3Fa", "/?a")]
    {
        let mut browser = Browser::new();
        browser.navigate(app.at(&format!("/login?next={next}"))).await;
        sign_in(&mut browser, "ada", "app-ada").await;
        assert_eq!(browser.page().url.as_str(), app.at(arrives), "{next}");
    }
}
