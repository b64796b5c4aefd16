//! A sign-on that worked and yet is asked for again ends on a page that says so.

use tower_sso::LoginErrorKind::{Loop, OtherCredential};

use crate::{
    scene::{Scene, app::Changing},
    support::{header, text},
};

/// The start page that a challenge of the guarded page leads to.
async fn challenged(scene: &Scene, who: &crate::scene::Who) -> String {
    let challenge = scene.visit(who, "/acme/repo").await;
    scene.location(challenge).await
}

#[tokio::test]
pub async fn a_host_whose_credential_changes_in_the_app_does_not_loop() {
    let scene = Scene::new().await;
    let ada = scene.who("ada");
    *scene.login.changing.lock().unwrap() = Changing::InTheApp;
    let start = challenged(&scene, &ada).await;
    assert_eq!(scene.visit(&ada, &start).await.status(), 200);
    scene.sign_on(&ada, "1").await;

    let start = challenged(&scene, &ada).await;
    let page = scene.refused(scene.visit(&ada, &start).await, Loop).await;
    assert!(page.contains("You had just signed on"), "{page}");
    // Trying again is the visitor's own wish, and works.
    let again = format!("{}/sso/1/start?return_to=%2Facme%2Frepo", scene.base);
    assert!(page.contains(&again), "{page}");
    assert_eq!(scene.visit(&ada, &again).await.status(), 200);
    scene.sign_on(&ada, "1").await;

    // Half a minute later it is no loop any more.
    scene.hands.seconds(30);
    let start = challenged(&scene, &ada).await;
    assert_eq!(scene.visit(&ada, &start).await.status(), 200);
    scene.sign_on(&ada, "1").await;
    scene.hands.seconds(29);
    let start = challenged(&scene, &ada).await;
    scene.refused(scene.visit(&ada, &start).await, Loop).await;

    // A host that keeps to one credential is not stopped.
    *scene.login.changing.lock().unwrap() = Changing::Nowhere;
    scene.sign_on(&ada, "1").await;
    assert!(scene.is_signed_on(&ada, "1").await);
}

#[tokio::test]
pub async fn a_host_whose_credential_changes_everywhere_is_told_at_the_finish() {
    let scene = Scene::new().await;
    let ada = scene.who("ada");
    *scene.login.changing.lock().unwrap() = Changing::Everywhere;
    let finish = scene.received(&ada, "1").await;
    let page = scene.refused(scene.visit(&ada, &finish).await, OtherCredential).await;
    assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
}

#[tokio::test]
pub async fn who_has_signed_on_and_opens_the_start_page_is_no_loop() {
    let scene = Scene::new().await;
    let ada = scene.who("ada");
    scene.sign_on(&ada, "1").await;
    let page = scene.visit(&ada, "/sso/1/start").await;
    assert_eq!(page.status(), 200);
    assert!(text(page).await.contains("Acme"));
}

#[tokio::test]
pub async fn the_mark_is_the_accounts_and_the_organizations_own() {
    let scene = Scene::new().await;
    let (ada, bob) = (scene.who("ada"), scene.who("bob"));
    scene.sign_on(&ada, "2").await;
    // Another account there, and another organization of the same account.
    assert_eq!(scene.visit(&bob, "/sso/2/start").await.status(), 200);
    assert_eq!(scene.visit(&ada, "/sso/1/start").await.status(), 200);
    let response = scene.visit(&ada.elsewhere(), "/sso/2/start").await;
    assert_eq!(header(&response, "retry-after"), "");
    scene.refused(response, Loop).await;
}
