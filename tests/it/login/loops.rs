//! An SSO login that worked and yet is asked for again ends on a page that says so.

use tower_sso::{
    login::LoginErrorKind::{LookupFailed, Loop, OtherCredential},
    session::RevocationScope,
};

use crate::{
    scene::{
        TestApp, Who,
        app::Changing,
        fault::{Fault, Verb},
    },
    support::{header, text},
};

/// Logs in with SSO as a challenge of the guarded page leads; answers with the next challenge's start page.
async fn logs_in_and_is_challenged(scene: &TestApp, who: &Who) -> String {
    let begun = scene.begin(who, "1", "/acme/repo").await;
    let authorize = scene.to_provider(begun).await;
    let callback = scene.signed_in(who, "1", &authorize).await;
    let received = scene.visit(who, &callback).await;
    let finish = scene.location(received).await;
    let finished = scene.visit(who, &finish).await;
    let back = scene.location(finished).await;
    scene.count_finished();
    let challenge = scene.visit(who, &back).await;
    scene.location(challenge).await
}

#[tokio::test]
pub async fn a_host_whose_credential_changes_in_the_app_does_not_loop() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    *scene.login.changing.lock().unwrap() = Changing::InTheApp;
    let start = logs_in_and_is_challenged(&scene, &ada).await;
    let page = scene.refused(scene.visit(&ada, &start).await, Loop).await;
    assert!(page.contains("You had just logged in with SSO"), "{page}");
    // Trying again is the visitor's own wish, and works.
    let again = format!("{}/sso/1/start?return_to=%2Facme%2Frepo", scene.base);
    assert!(page.contains(&again), "{page}");
    assert_eq!(scene.visit(&ada, &again).await.status(), 200);

    // Half a minute later it is no loop any more, a second before it is.
    let start = logs_in_and_is_challenged(&scene, &ada).await;
    scene.hands.seconds(30);
    assert_eq!(scene.visit(&ada, &start).await.status(), 200);
    let start = logs_in_and_is_challenged(&scene, &ada).await;
    scene.hands.seconds(29);
    scene.refused(scene.visit(&ada, &start).await, Loop).await;

    // A host that keeps to one credential is not stopped.
    *scene.login.changing.lock().unwrap() = Changing::Nowhere;
    scene.log_in(&ada, "1").await;
    assert!(scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn a_host_that_gives_the_login_a_new_id_after_every_login_does_not_loop() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let cycled = ada.elsewhere();
    let challenge = scene.visit(&cycled, "/acme/elsewhere").await;
    let start = scene.location(challenge).await;
    scene.refused(scene.visit(&cycled, &start).await, Loop).await;
    assert_eq!(scene.visit(&cycled, &start).await.status(), 200);
}

#[tokio::test]
pub async fn a_host_whose_credential_changes_everywhere_is_told_at_the_finish() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    *scene.login.changing.lock().unwrap() = Changing::Everywhere;
    let finish = scene.received(&ada, "1").await;
    let page = scene.refused(scene.visit(&ada, &finish).await, OtherCredential).await;
    assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
}

#[tokio::test]
pub async fn who_has_logged_in_and_opens_the_start_page_is_no_loop() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let page = scene.visit(&ada, "/sso/1/start?return_to=/acme/elsewhere").await;
    assert_eq!(page.status(), 200);
    assert!(text(page).await.contains("Acme"));
}

#[tokio::test]
pub async fn the_mark_is_the_accounts_and_the_organizations_own() {
    let scene = TestApp::new().await;
    let (ada, bob) = (scene.who("ada"), scene.who("bob"));
    scene.log_in(&ada, "2").await;
    // Another account there, and another organization of the same account.
    assert_eq!(scene.visit(&bob, "/sso/2/start").await.status(), 200);
    assert_eq!(scene.visit(&ada, "/sso/1/start").await.status(), 200);
    let response = scene.visit(&ada.elsewhere(), "/sso/2/start").await;
    assert_eq!(header(&response, "retry-after"), "");
    scene.refused(response, Loop).await;
}

#[tokio::test]
async fn whose_sessions_were_ended_logs_in_again_at_once() {
    use RevocationScope::{Account, Credential, Member, Organization};
    let scene = TestApp::new().await;
    let ended = [Account("ada".into()), Member("1".into(), "ada".into()), Organization("1".into())];
    let spared = [
        Account("bob".into()),
        Member("2".into(), "ada".into()),
        Organization("2".into()),
        // A host that signs the login out after every SSO login is a loop.
        Credential(scene.who("ada").presents()),
    ];
    for (scope, again) in
        ended.map(|scope| (scope, true)).into_iter().chain(spared.map(|scope| (scope, false)))
    {
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        scene.sso.revoke(scope.clone()).await.unwrap();
        // Elsewhere, since what is spared lets them in here.
        let start = scene.visit(&ada.elsewhere(), "/sso/1/start?return_to=/acme/elsewhere").await;
        if again {
            assert_eq!(start.status(), 200, "{scope:?}");
        } else {
            scene.refused(start, Loop).await;
        }
        scene.hands.seconds(60);
        scene.log_in(&ada, "1").await;
        scene.hands.seconds(60);
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_looked_up_at_the_start_page_is_no_loop() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.switch.set(Some((Verb::SessionFind, Fault::Fails)));
    scene.refused(scene.visit(&ada, "/sso/1/start").await, LookupFailed).await;
    scene.switch.set(None);
    scene.log_in(&ada, "1").await;
    assert_eq!(scene.visit(&ada, "/sso/1/start").await.status(), 200);
}
