//! A hub with two members. Ada is an administrator, has logged in with SSO, and has an API token. Grace is signed in to the
//! hub and has not logged in with SSO.

use sqlx::Connection as _;

use crate::{
    browser::{Browser, Page},
    hub::Hub,
    place::Place,
};

const CONFIG: &str = r#"
show_accounts = true
user = [
    { id = "ada", emails = ["ada@acme.example"], password = "hub-ada" },
    { id = "grace", emails = ["grace@acme.example"], password = "hub-grace" },
]

[[organization]]
slug = "acme"
member = [{ user = "ada", role = "admin" }, { user = "grace" }]
repository = [{ name = "rocket", readme = "Everything that has to work once." }]

[[connection]]
organization = "acme"
enforcement = "enforced"

[connection.oidc]
issuer = "test_idp:acme"
client_id = "hub"
client_secret = "a secret that acme and the hub share"
prompt = "login"

[[test_idp]]
name = "acme"
listen = "127.0.0.1:PORT"
client = [{ id = "hub", organization = "acme", secret = "a secret that acme and the hub share" }]
user = [
    { subject = "1", email = "ada@acme.example", password = "acme-ada" },
    { subject = "2", email = "grace@acme.example", password = "acme-grace" },
]
"#;

pub struct Site {
    pub place: Place,
    pub hub: Hub,
    pub ada: Browser,
    pub grace: Browser,
    /// The secret of Ada's token. It is authorized for the organization.
    pub token: String,
}

impl Site {
    pub async fn new() -> Self {
        let place = Place::with(CONFIG).await;
        let hub = place.start().await;
        let (mut ada, mut grace) = (signed_in(&place, "ada").await, signed_in(&place, "grace").await);
        ada.navigate(place.at("/acme/rocket")).await;
        begin(&mut ada).await;
        finish(&mut ada, "ada").await;
        assert!(is_shown(ada.page()), "{}", ada.trail());
        ada.navigate(place.at("/settings")).await;
        let page = ada.submit("new-token", &[("name", "laptop")]).await;
        let (_, after) = page.body.split_once("<code id=\"token\">").unwrap();
        let token = after.split_once('<').unwrap().0.to_owned();
        ada.navigate(place.at("/sso/acme/tokens")).await;
        ada.press("/sso/acme/tokens", "Authorize", &[]).await;
        grace.navigate(place.at("/acme/rocket")).await;
        assert!(is_challenged(grace.page()), "{}", grace.trail());
        Self { place, hub, ada, grace, token }
    }

    /// Ends the hub, and moves everything into its file.
    pub async fn stop(&mut self) {
        self.hub.kill().await;
        let mut file = self.place.connect().await;
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut file).await.unwrap();
        file.close().await.unwrap();
    }

    /// Returns the status of an API request with Ada's token.
    pub async fn by_token(&self) -> u16 {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(self.place.at("/api/orgs/acme/repos")).bearer_auth(&self.token);
        request.send().await.unwrap().status().as_u16()
    }
}

/// Returns a browser with an app session.
pub async fn signed_in(place: &Place, account: &str) -> Browser {
    let mut browser = Browser::new();
    browser.navigate(place.at("/sign-in")).await;
    browser.press("sign-in-as", &format!("Sign in as {account}"), &[]).await;
    assert_eq!(browser.page().status, 200, "{}", browser.trail());
    browser
}

/// Goes from the start page to the provider.
pub async fn begin(browser: &mut Browser) {
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
}

/// Signs in at the provider, which sends the browser back to the hub.
pub async fn finish(browser: &mut Browser, account: &str) {
    let (email, password) = (format!("{account}@acme.example"), format!("acme-{account}"));
    browser.press("/sign-in", "Sign in", &[("email", &email), ("password", &password)]).await;
}

/// Returns whether the page is the one that requires an SSO login.
pub fn is_shown(page: &Page) -> bool {
    page.status == 200 && page.url.path() == "/acme/rocket" && page.text().contains("has to work once")
}

pub fn is_challenged(page: &Page) -> bool {
    page.status == 200 && page.url.path() == "/sso/acme/start"
}

/// Asserts that the hub answered that something is not done.
pub fn assert_not_done(browser: &Browser) {
    let (page, trail) = (browser.page(), browser.trail());
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, Some("5")), "{trail}");
    assert_eq!(page.title(), "Not done", "{trail}");
    assert!(
        page.text().contains("It has not confirmed what you asked for. Try again in a moment."),
        "{trail}"
    );
}

/// Asserts that an SSO login was refused because something failed at the hub.
pub fn assert_login_failed(browser: &Browser) {
    let (page, trail) = (browser.page(), browser.trail());
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (503, Some("5")), "{trail}");
    assert!(
        page.text().contains("Something did not answer in time. Please try again in a moment."),
        "{trail}"
    );
}
