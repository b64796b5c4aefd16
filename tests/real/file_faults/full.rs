//! The disk is full.

use crate::browser::Browser;

use super::site::{Site, assert_login_failed, assert_not_done, begin, finish, is_challenged, is_shown};

/// The size of a file that the hub can still write, in blocks of 512 bytes: enough to start, and for some changes.
const BLOCKS: u64 = 200;

#[tokio::test]
async fn while_the_disk_is_full_nothing_is_confirmed_and_what_was_confirmed_lasts() {
    let mut site = Site::new().await;
    site.stop().await;
    site.hub = site.place.try_start_with_room_for(BLOCKS).await.unwrap_or_else(|said| panic!("{said}"));
    site.grace.navigate(site.place.at("/acme/rocket")).await;
    begin(&mut site.grace).await;
    // People sign in until there is no room for another app session, three times in a row.
    let (mut confirmed, mut failed) = (Vec::new(), 0);
    while failed < 3 {
        let mut browser = Browser::new();
        browser.navigate(site.place.at("/sign-in")).await;
        browser.press("sign-in-as", "Sign in as grace", &[]).await;
        if browser.page().status == 200 {
            confirmed.push(browser);
            failed = 0;
        } else {
            assert_not_done(&browser);
            assert_eq!(browser.cookie(&site.place.at("/"), "hub_session"), None);
            failed += 1;
        }
        assert!(confirmed.len() < 1000, "the disk is never full");
    }
    let (mut leaves, mut revokes) = (site.ada.tab(), site.ada.tab());
    leaves.navigate(site.place.at("/acme/rocket")).await;
    assert!(is_shown(leaves.page()), "{}", leaves.trail());
    leaves.press("sign-out", "Sign out", &[]).await;
    assert_not_done(&leaves);
    revokes.navigate(site.place.at("/settings")).await;
    revokes.submit("/settings/tokens/revoke", &[]).await;
    assert_not_done(&revokes);
    finish(&mut site.grace, "grace").await;
    assert_login_failed(&site.grace);
    assert_eq!(site.by_token().await, 200, "the token is not revoked");
    assert!(site.place.log().contains("the SQLite file failed"), "{}", site.place.log());

    site.hub.kill().await;
    site.hub = site.place.start().await;
    for browser in [&mut site.ada, &mut site.grace].into_iter().chain(&mut confirmed) {
        browser.navigate(site.place.at("/acme/rocket")).await;
    }
    assert!(is_shown(site.ada.page()), "{}", site.ada.trail());
    assert!(is_challenged(site.grace.page()), "{}", site.grace.trail());
    assert!(!confirmed.is_empty());
    for browser in &confirmed {
        assert!(is_challenged(browser.page()), "signed in, and without an SSO session: {}", browser.trail());
    }
    assert_eq!(site.by_token().await, 200);
}

#[tokio::test]
async fn a_hub_without_room_for_its_file_says_so_and_does_not_start() {
    let mut site = Site::new().await;
    site.stop().await;
    let said = site.place.try_start_with_room_for(8).await.err().expect("the hub is refused");
    let place = format!("hub: --store: {}", site.place.file().display());
    assert!(said.starts_with(&place) && said.contains("the SQLite"), "{said}");
    site.place.start().await.kill().await;
}
