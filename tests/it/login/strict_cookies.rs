//! Browsers that withhold the login cookie, and browsers that have no login cookie.

use tower_sso::login::LoginErrorKind::{OtherAccount, OtherCredential};

use super::flow::{signed_in, through_the_provider};
use crate::{browser::Browser, test_app::TestApp};

const GUARDED: &str = "/acme/repo?tab=files&line=7";

#[tokio::test]
async fn a_strict_cookie_takes_one_more_page() {
    let app = TestApp::new().await;
    *app.login.same_site.lock().unwrap() = Some("Strict");
    for by_itself in [true, false] {
        // The loop mark of the first login has expired.
        app.clock.seconds(30);
        let mut browser = signed_in(&app, "ada", if by_itself { "1" } else { "2" });
        browser.navigate(app.url(GUARDED)).await;
        through_the_provider(&mut browser, "ada").await;
        let page = browser.page();
        assert_eq!((page.status.as_u16(), page.url.path()), (200, "/sso/1/finish"));
        assert_eq!(browser.hops().last().unwrap().cookies_sent(), [""; 0]);
        assert!(!page.body.contains("<script"), "the page needs no script");
        // The address of this page contains the ticket, which must not be revealed to other sites.
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        if by_itself {
            browser.follow_refresh().await;
        } else {
            browser.click("Continue").await;
        }
        assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
    }
}

#[tokio::test]
async fn a_visitor_without_an_app_session_signs_in_to_the_app_first() {
    let app = TestApp::new().await;
    let mut browser = Browser::new();
    let start = "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7";
    browser.navigate(app.url(start)).await;
    assert_eq!(browser.page().title(), "Sign in to the hub", "{}", browser.trail());
    browser.submit("", &[("account", "ada")]).await;
    assert_eq!(browser.page().url.as_str(), app.url(start));
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"));
}

/// Returns a browser that lost its login on the way to the provider. It is at the host's sign-in page, with the ticket
/// kept.
async fn at_the_hosts_sign_in(app: &TestApp, credential: &str) -> Browser {
    let mut browser = signed_in(app, "ada", credential);
    browser.navigate(app.url(GUARDED)).await;
    browser.submit_through("begin", &[]).await;
    browser.forget_cookie("session");
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
    assert_eq!((browser.page().status.as_u16(), browser.page().url.path()), (200, "/sso/1/finish"));
    // The page continues by itself once. Then the host's own sign-in page follows, without a loop.
    browser.follow_refresh().await;
    assert_eq!(browser.page().title(), "Sign in to the hub", "{}", browser.trail());
    assert!(browser.page().body.contains("/sso/1/finish?ticket="));
    browser
}

#[tokio::test]
async fn a_ticket_is_kept_while_the_same_app_session_is_restored() {
    let app = TestApp::new().await;
    let mut browser = at_the_hosts_sign_in(&app, "1").await;
    // A host that resumes its login under the same ID: it was remembered, or the cookie was only withheld.
    browser.set_cookie(&app.base, &app.login.cookie("ada", "1"));
    let sign_in = browser.page().url.clone();
    browser.navigate(sign_in).await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
}

#[tokio::test]
async fn a_new_app_session_cannot_finish_the_login() {
    let app = TestApp::new().await;
    let mut browser = at_the_hosts_sign_in(&app, "1").await;
    browser.submit("", &[("account", "ada")]).await;
    let page = browser.page();
    app.refused_page(page.status, &page.headers, &page.body, OtherCredential);
    // Trying again returns to the page that the visitor wanted, and works with the new login.
    browser.click("Try again").await;
    through_the_provider_by_its_session(&mut browser).await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
}

#[tokio::test]
async fn an_app_session_of_another_account_cannot_finish_the_login() {
    let app = TestApp::new().await;
    let mut browser = at_the_hosts_sign_in(&app, "1").await;
    browser.submit("", &[("account", "bob")]).await;
    let page = browser.page();
    app.refused_page(page.status, &page.headers, &page.body, OtherAccount);
}

/// The provider recognizes its user by its own cookie, so only the button has to be pressed.
async fn through_the_provider_by_its_session(browser: &mut Browser) {
    browser.submit_through("begin", &[]).await;
}
