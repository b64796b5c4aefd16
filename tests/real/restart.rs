//! The hub is killed and started again, with everything in its SQLite file.

use std::process::Stdio;

use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

use crate::{browser::Browser, example::built, hub::Hub};

/// A file for a hub, and an address that it has each time.
struct Place {
    directory: TempDir,
    listen: String,
}

impl Place {
    async fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { directory: tempfile::tempdir().unwrap(), listen: free.local_addr().unwrap().to_string() }
    }

    fn store(&self) -> String {
        format!("sqlite:{}", self.directory.path().join("hub.db").display())
    }

    async fn start(&self) -> Hub {
        Hub::start_with(&["--listen", &self.listen, "--store", &self.store()]).await
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }
}

/// Follows the start page to the provider, and signs in there.
async fn log_in(browser: &mut Browser, email: &str, password: &str) {
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.press("/sign-in", "Sign in", &[("email", email), ("password", password)]).await;
}

#[tokio::test]
async fn everyone_is_still_logged_in_after_the_hub_was_killed() {
    let place = Place::new().await;
    let hub = place.start().await;
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
        let hub = place.start().await;
        let page = ada.navigate(place.at("/acme/telemetry")).await;
        assert!(page.text().contains("Row 6"), "{}", ada.trail());
        let activity = ada.navigate(place.at("/acme/activity")).await.text().to_owned();
        assert!(activity.contains("login.finished"), "{activity}");
        let settings = ada.navigate(place.at("/settings")).await.text().to_owned();
        assert!(settings.contains("a kept token"), "{settings}");
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
    let hub = place.start().await;
    ada.navigate(place.at("/")).await;
    ada.press("sign-out", "Sign out", &[]).await;
    hub.kill().await;
    let hub = place.start().await;
    let page = ada.navigate(place.at("/acme/rocket")).await;
    assert_eq!(page.status, 404, "nobody is signed in, and the repository is private");
    hub.kill().await;
}

#[tokio::test]
async fn a_second_hub_on_the_same_file_is_refused() {
    let place = Place::new().await;
    let hub = place.start().await;
    let refused = Command::new(built("hub").await)
        .args(["--listen", "127.0.0.1:0", "--store", &place.store()])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--store: another hub uses ") && said.contains("hub.db"), "{said}");
    hub.kill().await;
    // A killed hub leaves no lock behind.
    place.start().await.kill().await;
}
