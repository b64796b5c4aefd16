//! The hub is killed and started again, with everything in its SQLite file.

use crate::{browser::Browser, place::Place};

/// Follows the start page to the provider, and signs in there.
async fn log_in(browser: &mut Browser, email: &str, password: &str) {
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.press("/sign-in", "Sign in", &[("email", email), ("password", password)]).await;
}

#[tokio::test]
async fn everyone_is_still_logged_in_after_the_hub_was_killed() {
    let place = Place::new().await;
    let mut hub = place.start().await;
    let (mut ada, mut grace) = (Browser::new(), Browser::new());
    ada.navigate(place.at("/sign-in?return_to=/acme/rocket")).await;
    ada.press("sign-in-as", "Sign in as Ada Lovelace", &[]).await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    assert!(ada.page().text().contains("Row 6"), "{}", ada.trail());
    ada.navigate(place.at("/settings")).await;
    ada.submit("new-token", &[("name", "a kept token")]).await;
    // Grace has begun to log in, and is at the provider.
    grace.navigate(place.at("/sign-in?return_to=/acme/rocket")).await;
    grace.press("sign-in-as", "Sign in as Grace Hopper", &[]).await;
    grace.submit_through("begin", &[]).await;
    hub.kill().await;

    for round in 0..2 {
        let mut hub = place.start().await;
        let page = ada.navigate(place.at("/acme/telemetry")).await;
        assert!(page.text().contains("Row 6"), "{}", ada.trail());
        let activity = ada.navigate(place.at("/acme/activity")).await.text().to_owned();
        assert!(activity.contains("login.finished"), "{activity}");
        let settings = ada.navigate(place.at("/settings")).await.text().to_owned();
        assert!(settings.contains("a kept token"), "{settings}");
        let optional = ada.navigate(place.at("/initech/tps-reports")).await.text().to_owned();
        assert!(optional.contains("Initech offers single sign-on."), "the banner: {optional}");
        if round == 0 {
            // The sign-in page of the provider was of the earlier process, but its address and its key are the same.
            grace.navigate(place.at("/acme/rocket")).await;
            log_in(&mut grace, "grace@acme.example", "acme-grace").await;
        }
        let page = grace.navigate(place.at("/acme/telemetry")).await;
        assert!(page.text().contains("Row 6"), "{}", grace.trail());
        hub.kill().await;
    }

    // What was ended stays ended.
    let mut hub = place.start().await;
    ada.navigate(place.at("/")).await;
    ada.press("sign-out", "Sign out", &[]).await;
    hub.kill().await;
    let mut hub = place.start().await;
    let page = ada.navigate(place.at("/acme/rocket")).await;
    assert_eq!(page.status, 404, "nobody is signed in, and the repository is private");
    hub.kill().await;
}

#[tokio::test]
async fn a_second_hub_on_the_same_file_is_refused() {
    let place = Place::new().await;
    let mut hub = place.start().await;
    let said = place.try_start().await.err().expect("the second hub is refused");
    let expected = format!("hub: --store: another hub uses {}: stop it", place.file().display());
    assert!(said.contains(&expected), "{said}");
    hub.kill().await;
    // A killed hub leaves no lock behind.
    place.start().await.kill().await;
}

const TOKEN: &str = r#"
show_accounts = true

[[user]]
id = "ada"
emails = ["ada@acme.example"]
password = "hub-ada"
token = [{ name = "laptop", secret = "hub_of-the-file" }, { name = "desktop", secret = "hub_other-of-the-file" }]
"#;

#[tokio::test]
async fn a_token_of_the_configuration_stays_revoked() {
    let place = Place::with(TOKEN).await;
    let mut hub = place.start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |secret: &str| {
        client.get(place.at("/api/user")).bearer_auth(secret).send().await.unwrap().status().as_u16()
    };
    let mut ada = Browser::new();
    ada.navigate(place.at("/sign-in?return_to=/settings")).await;
    ada.press("sign-in-as", "Sign in as ada", &[]).await;
    let page = ada.submit("/settings/tokens/revoke", &[]).await;
    assert!(page.text().contains("desktop") && !page.text().contains("laptop"), "{}", page.text());
    for _ in 0..2 {
        assert_eq!((ask("hub_of-the-file").await, ask("hub_other-of-the-file").await), (401, 200));
        hub.kill().await;
        hub = place.start().await;
    }
}
