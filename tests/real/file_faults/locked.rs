//! Another program writes into the file, and does not end.

use super::site::{Site, assert_login_failed, assert_not_done, begin, finish, is_challenged, is_shown};

#[tokio::test]
async fn while_the_file_is_locked_nothing_is_confirmed_and_nobody_new_passes() {
    let mut site = Site::new().await;
    begin(&mut site.grace).await;
    let at = |path: &str| site.place.at(path);
    let mut tabs = [site.ada.tab(), site.ada.tab(), site.ada.tab(), site.ada.tab(), site.ada.tab()];
    for tab in &mut tabs[..3] {
        tab.navigate(at("/settings")).await;
    }
    tabs[3].navigate(at("/acme")).await;
    tabs[4].navigate(at("/acme/sessions")).await;
    let mut other = site.place.connect().await;
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let [leaves, makes, revokes, unlinks, ends] = &mut tabs;
    tokio::join!(
        finish(&mut site.grace, "grace"),
        leaves.press("sign-out", "Sign out", &[]),
        makes.submit("new-token", &[("name", "another")]),
        revokes.submit("/settings/tokens/revoke", &[]),
        unlinks.submit("/acme/members/unlink", &[]),
        ends.submit("end-all", &[]),
    );
    assert_login_failed(&site.grace);
    tabs.iter().for_each(assert_not_done);
    let log = site.place.log();
    assert!(log.contains("the SQLite database is locked by another process"), "{log}");
    // Those who had logged in with SSO read on.
    site.ada.navigate(at("/acme/rocket")).await;
    assert!(is_shown(site.ada.page()), "{}", site.ada.trail());
    assert_eq!(site.by_token().await, 200);
    sqlx::query("rollback").execute(&mut other).await.unwrap();

    // What was not confirmed was not done: it can be done now, and lasts.
    site.grace.navigate(at("/acme/rocket")).await;
    assert!(is_challenged(site.grace.page()), "{}", site.grace.trail());
    site.ada.navigate(at("/settings")).await;
    assert!(!site.ada.page().text().contains("another"), "{}", site.ada.page().text());
    site.ada.submit("/settings/tokens/revoke", &[]).await;
    assert_eq!((site.ada.page().status.as_u16(), site.by_token().await), (200, 401));
    site.ada.press("sign-out", "Sign out", &[]).await;
    assert_eq!(site.ada.page().url.path(), "/", "{}", site.ada.trail());
    begin(&mut site.grace).await;
    finish(&mut site.grace, "grace").await;
    assert!(is_shown(site.grace.page()), "{}", site.grace.trail());
    site.hub.kill().await;
    site.hub = site.place.start().await;
    site.grace.navigate(site.place.at("/acme/rocket")).await;
    assert!(is_shown(site.grace.page()), "{}", site.grace.trail());
    assert_eq!(site.by_token().await, 401);
}

/// A sign-out that failed must not be confirmed the second time, when there seems to be nobody to sign out.
#[tokio::test]
async fn what_could_not_be_ended_is_not_back_after_a_second_attempt_and_a_restart() {
    let mut site = Site::new().await;
    let cookie = site.ada.cookie(&site.place.at("/"), "hub_session").unwrap();
    let (mut revokes, mut leaves) = (site.ada.tab(), site.ada.tab());
    revokes.navigate(site.place.at("/settings")).await;
    leaves.navigate(site.place.at("/")).await;
    let token = revokes.page().form("/settings/tokens/revoke").fields[0].value.clone();
    let mut other = site.place.connect().await;
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let revoked = [("token", token.as_str())];
    tokio::join!(revokes.submit("/settings/tokens/revoke", &[]), leaves.submit("sign-out", &[]));
    assert_not_done(&revokes);
    assert_not_done(&leaves);
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    revokes.try_post("/settings/tokens/revoke", &revoked).await.unwrap();
    assert_eq!((revokes.page().status.as_u16(), revokes.page().url.path()), (200, "/settings"));
    leaves.try_post("/sign-out", &[]).await.unwrap();
    assert_eq!((leaves.page().status.as_u16(), leaves.page().url.path()), (200, "/"));
    site.hub.kill().await;
    site.hub = site.place.start().await;
    assert_eq!(site.by_token().await, 401);
    leaves.set_cookie(&site.place.at("/"), &format!("hub_session={cookie}; Path=/"));
    leaves.navigate(site.place.at("/acme/rocket")).await;
    assert_eq!(leaves.page().status, 404, "nobody is signed in, and the repository is private");
}

#[tokio::test]
async fn a_hub_whose_file_is_locked_says_so_and_does_not_start() {
    let mut site = Site::new().await;
    site.stop().await;
    let mut other = site.place.connect().await;
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let said = site.place.try_start().await.err().expect("the hub is refused");
    let expected = format!(
        "hub: --store: {}: the SQLite database is locked by another process",
        site.place.file().display()
    );
    assert!(said.starts_with(&expected), "{said}");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    site.place.start().await.kill().await;
}
