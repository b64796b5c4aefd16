//! An SSO login that succeeded but is challenged again ends on a page that explains the loop.

use tower_sso::{
    login::LoginErrorKind::{LookupFailed, Loop, OtherCredential},
    session::RevocationScope,
};

use crate::{
    support::{header, text},
    test_app::{
        Actor, TestApp,
        app::CredentialChange,
        fault::{Fault, Verb},
    },
};

/// Logs in with SSO as a challenge of the guarded page leads, and returns the start page of the next challenge.
async fn logs_in_and_is_challenged(test_app: &TestApp, who: &Actor) -> String {
    let begun = test_app.begin(who, "1", "/acme/repo").await;
    let authorize = test_app.to_provider(begun).await;
    let callback = test_app.signed_in(who, "1", &authorize).await;
    let received = test_app.visit(who, &callback).await;
    let finish = test_app.location(received).await;
    let finished = test_app.visit(who, &finish).await;
    let back = test_app.location(finished).await;
    test_app.count_finished();
    let challenge = test_app.visit(who, &back).await;
    test_app.location(challenge).await
}

#[tokio::test]
pub async fn an_app_whose_credential_changes_by_page_does_not_loop() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    *test_app.login.changing.lock().unwrap() = CredentialChange::InTheApp;
    let start = logs_in_and_is_challenged(&test_app, &ada).await;
    let page = test_app.refused(test_app.visit(&ada, &start).await, Loop).await;
    assert!(page.contains("You had just logged in with SSO"), "{page}");
    // The visitor chooses to try again, and it works.
    let again = format!("{}/sso/1/start?return_to=%2Facme%2Frepo", test_app.base);
    assert!(page.contains(&again), "{page}");
    assert_eq!(test_app.visit(&ada, &again).await.status(), 200);

    // Thirty seconds later it is no longer a loop. One second earlier it still is.
    let start = logs_in_and_is_challenged(&test_app, &ada).await;
    test_app.clock.seconds(30);
    assert_eq!(test_app.visit(&ada, &start).await.status(), 200);
    let start = logs_in_and_is_challenged(&test_app, &ada).await;
    test_app.clock.seconds(29);
    test_app.refused(test_app.visit(&ada, &start).await, Loop).await;

    // A host whose credential stays the same is not stopped.
    *test_app.login.changing.lock().unwrap() = CredentialChange::Nowhere;
    test_app.log_in(&ada, "1").await;
    assert!(test_app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn an_app_that_rotates_the_session_id_at_every_login_does_not_loop() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    let cycled = ada.elsewhere();
    let challenge = test_app.visit(&cycled, "/acme/elsewhere").await;
    let start = test_app.location(challenge).await;
    test_app.refused(test_app.visit(&cycled, &start).await, Loop).await;
    assert_eq!(test_app.visit(&cycled, &start).await.status(), 200);
}

#[tokio::test]
pub async fn an_app_whose_credential_changes_everywhere_is_refused_at_the_finish() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    *test_app.login.changing.lock().unwrap() = CredentialChange::Everywhere;
    let finish = test_app.received(&ada, "1").await;
    let page = test_app.refused(test_app.visit(&ada, &finish).await, OtherCredential).await;
    assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
}

#[tokio::test]
pub async fn a_member_who_logged_in_may_open_the_start_page() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    let page = test_app.visit(&ada, "/sso/1/start?return_to=/acme/elsewhere").await;
    assert_eq!(page.status(), 200);
    assert!(text(page).await.contains("Acme"));
}

#[tokio::test]
pub async fn a_loop_mark_applies_to_one_account_in_one_organization() {
    let test_app = TestApp::new().await;
    let (ada, bob) = (test_app.actor("ada"), test_app.actor("bob"));
    test_app.log_in(&ada, "2").await;
    // Another account there, and the same account at another organization, are not affected.
    assert_eq!(test_app.visit(&bob, "/sso/2/start").await.status(), 200);
    assert_eq!(test_app.visit(&ada, "/sso/1/start").await.status(), 200);
    let response = test_app.visit(&ada.elsewhere(), "/sso/2/start").await;
    assert_eq!(header(&response, "retry-after"), "");
    test_app.refused(response, Loop).await;
}

#[tokio::test]
async fn a_member_whose_sessions_were_revoked_logs_in_again_at_once() {
    use RevocationScope::{Account, Credential, Member, Organization};
    let test_app = TestApp::new().await;
    let ended = [Account("ada".into()), Member("1".into(), "ada".into()), Organization("1".into())];
    let spared = [
        Account("bob".into()),
        Member("2".into(), "ada".into()),
        Organization("2".into()),
        // A host that ends the app session after every SSO login is a loop.
        Credential(test_app.actor("ada").presents()),
    ];
    for (scope, again) in
        ended.map(|scope| (scope, true)).into_iter().chain(spared.map(|scope| (scope, false)))
    {
        let ada = test_app.actor("ada");
        test_app.log_in(&ada, "1").await;
        test_app.sso.revoke(scope.clone()).await.unwrap();
        // From another browser, because a revocation that spares the session lets this one pass.
        let start = test_app.visit(&ada.elsewhere(), "/sso/1/start?return_to=/acme/elsewhere").await;
        if again {
            assert_eq!(start.status(), 200, "{scope:?}");
        } else {
            test_app.refused(start, Loop).await;
        }
        test_app.clock.seconds(60);
        test_app.log_in(&ada, "1").await;
        test_app.clock.seconds(60);
    }
}

#[tokio::test]
async fn a_failed_session_lookup_at_the_start_page_does_not_count_as_a_loop() {
    let test_app = TestApp::new().await;
    let ada = test_app.actor("ada");
    test_app.log_in(&ada, "1").await;
    test_app.faults.set(Some((Verb::SessionFind, Fault::Fails)));
    test_app.refused(test_app.visit(&ada, "/sso/1/start").await, LookupFailed).await;
    test_app.faults.set(None);
    test_app.log_in(&ada, "1").await;
    assert_eq!(test_app.visit(&ada, "/sso/1/start").await.status(), 200);
}
