//! Many logins at once, the same request twice, and stores that are full.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::join_all, stream};
use http::StatusCode;
use tower_sso::{
    Credential, SsoPass,
    login::LoginErrorKind::{Revoked, StateUnknown, StoreFull, TicketExpired, TicketUsed},
    session::RevocationScope,
    store::{ACCOUNT_VALUES, MemoryLimits, MemoryStore},
};

use crate::{
    browser::Browser,
    login::flow::signed_in,
    support::header,
    test_app::{Actor, TestApp, TestConfig, email},
};

fn limited(limits: MemoryLimits) -> TestConfig {
    TestConfig { store: MemoryStore::new(limits), crowd: 8, ..TestConfig::default() }
}

async fn at_the_form(tab: &mut Browser, address: &str) {
    tab.navigate(address).await;
    tab.submit_through("begin", &[]).await;
    assert_eq!(tab.page().url.host_str(), Some("localhost"), "{}", tab.trail());
}

async fn fill_in(tab: &mut Browser) {
    tab.submit("sign-in", &[("email", &email("ada")), ("password", "a password")]).await;
}

#[tokio::test]
async fn two_tabs_log_in_at_two_organizations_at_the_same_time() {
    let app = TestApp::new().await;
    let mut one = signed_in(&app, "ada", "1");
    let mut other = one.tab();
    at_the_form(&mut one, &app.url("/acme/a?x=1")).await;
    at_the_form(&mut other, &app.url("/initech/b?y=2")).await;
    fill_in(&mut one).await;
    fill_in(&mut other).await;
    assert_eq!(one.page().text(), "Fresh ada at /acme/a?x=1", "{}", one.trail());
    assert_eq!(other.page().text(), "Fresh ada at /initech/b?y=2", "{}", other.trail());
}

#[tokio::test]
async fn many_tabs_log_in_at_one_organization_and_each_returns_to_its_page() {
    let app = TestApp::new().await;
    let first = signed_in(&app, "ada", "1");
    let mut tabs: Vec<_> = (0..6).map(|_| first.tab()).collect();
    for (at, tab) in tabs.iter_mut().enumerate() {
        at_the_form(tab, &app.url(&format!("/acme/{at}"))).await;
    }
    // The login that began last returns first.
    for (at, tab) in tabs.iter_mut().enumerate().rev() {
        fill_in(tab).await;
        assert_eq!(tab.page().text(), format!("Fresh ada at /acme/{at}"), "{}", tab.trail());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_callbacks_with_one_state_give_one_ticket() {
    let app = TestApp::new().await;
    for _ in 0..8 {
        let ada = app.actor("ada");
        let callback = app.called_back(&ada, "1").await;
        let asked = app.acme.calls("/token");
        let answers = join_all((0..4).map(|_| app.visit(&ada, &callback))).await;
        let taken: Vec<_> =
            answers.into_iter().filter(|answer| answer.status() == StatusCode::SEE_OTHER).collect();
        assert_eq!((taken.len(), app.acme.calls("/token") - asked), (1, 1));
        app.finishes(&ada, header(&taken[0], "location")).await;
    }
    let names = app.actions();
    let count = |name: &str| names.iter().filter(|it| **it == name).count();
    assert_eq!((count("login.received"), count("login.refused")), (8, 24));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_finishes_with_one_ticket_give_one_session() {
    let app = TestApp::new().await;
    for _ in 0..8 {
        let ada = app.actor("ada");
        let finish = app.received(&ada, "1").await;
        let answers = join_all((0..4).map(|_| app.visit(&ada, &finish))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status()).collect();
        let finished = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        let refused = statuses.iter().filter(|status| **status == TicketUsed.status()).count();
        assert_eq!((finished, refused), (1, 3), "{statuses:?}");
        app.count_finished();
        app.stored_as_finished();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_that_races_a_finish_always_wins() {
    let app = Arc::new(TestApp::new().await);
    for _ in 0..40 {
        let ada = app.actor("ada");
        let finish = app.received(&ada, "1").await;
        let finishing = tokio::spawn({
            let (app, ada) = (Arc::clone(&app), ada.clone());
            async move { app.visit(&ada, &finish).await.status() }
        });
        app.sso.signed_out(&ada.presents()).await.unwrap();
        let status = finishing.await.unwrap();
        assert!(matches!(status, StatusCode::SEE_OTHER | StatusCode::CONFLICT), "{status}");
        assert!(
            !app.is_logged_in(&ada, "1").await,
            "the finish returned {status}, but the session survived the sign-out"
        );
        app.clock.seconds(1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_an_organization_ends_every_login_in_progress_there() {
    let app = TestApp::of(TestConfig { crowd: 20, ..TestConfig::default() }).await;
    let crowd: Vec<_> = (0..20).map(|at| app.actor(&format!("user-{at}"))).collect();
    let mut waiting = Vec::new();
    for who in &crowd {
        waiting.push((who, app.received(who, "1").await));
    }
    let ada = app.actor("ada");
    let elsewhere = app.received(&ada, "2").await;
    app.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    for status in
        join_all(waiting.iter().map(|(who, finish)| async { app.visit(who, finish).await.status() })).await
    {
        assert_eq!(status, StatusCode::CONFLICT);
    }
    app.finishes(&ada, &elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_browsers_log_in_at_the_same_time() {
    const ACCOUNTS: usize = 100;
    const BROWSERS: usize = 10;
    let app = TestApp::of(TestConfig { crowd: ACCOUNTS, ..TestConfig::default() }).await;
    let accounts = (0..ACCOUNTS).flat_map(|at| std::iter::repeat_n(format!("user-{at}"), BROWSERS));
    let crowd: Vec<Actor> = accounts.map(|account| app.actor(&account)).collect();
    // All logins are under way at once, and each returns when its turn comes.
    let begun = join_all(crowd.iter().map(|who| app.begun(who, "1"))).await;
    let steps = crowd.iter().zip(&begun).map(|(who, authorize)| {
        let app = &app;
        async move {
            let callback = app.signed_in(who, "1", authorize).await;
            let received = app.visit(who, &callback).await;
            app.location(received).await
        }
    });
    // Runs as many logins at once as the provider's listener accepts.
    let tickets: Vec<String> = stream::iter(steps).buffered(64).collect().await;
    join_all(crowd.iter().zip(&tickets).map(|(who, finish)| app.finishes(who, finish))).await;
    app.stored_as_finished();
    assert_eq!(app.faults.stored(), ACCOUNTS * BROWSERS);

    // Each account has its own session.
    let mut sessions = BTreeSet::new();
    for who in &crowd {
        let parts = app.request(who, "GET", "/x", &[]).into_parts().0;
        let Ok(SsoPass::Fresh(proof)) = app.sso.require(&parts, &"1".into()).await else {
            panic!("{who:?} is not logged in with SSO")
        };
        let session = proof.session();
        assert_eq!(Some(session.account.as_str()), who.account.as_deref());
        assert_eq!(session.credential, who.presents());
        assert_eq!(Some(session.subject.as_str()), who.account.as_deref());
        sessions.insert(session.id.clone());
    }
    assert_eq!(sessions.len(), ACCOUNTS * BROWSERS);
    // The metadata and the keys are each fetched once for all logins.
    assert_eq!(app.acme.calls("/.well-known/openid-configuration"), 1);
    assert_eq!(app.acme.calls("/keys"), 1);
}

#[tokio::test]
pub async fn a_full_store_refuses_a_new_login_and_loses_no_other() {
    let app = TestApp::of(limited(crate::support::limits(|limits| limits.one_time = 3))).await;
    let crowd: Vec<_> = (0..4).map(|at| app.actor(&format!("user-{at}"))).collect();
    let mut callbacks = Vec::new();
    for who in &crowd[..3] {
        callbacks.push(app.called_back(who, "1").await);
    }
    let response = app.begin(&crowd[3], "1", "/").await;
    assert_eq!(header(&response, "retry-after"), "5");
    app.refused(response, StoreFull).await;
    for (who, callback) in crowd.iter().zip(&callbacks) {
        app.accepts(who, callback).await;
    }
    // Loop marks may fill the store. They expire after 30 seconds.
    app.clock.seconds(30);
    app.log_in(&crowd[3], "1").await;
}

#[tokio::test]
pub async fn full_links_refuse_a_new_account_and_keep_every_old_one() {
    let app = TestApp::of(limited(crate::support::limits(|limits| limits.links = 2))).await;
    let crowd: Vec<_> = (0..3).map(|at| app.actor(&format!("user-{at}"))).collect();
    for who in &crowd[..2] {
        app.log_in(who, "1").await;
    }
    let finish = app.received(&crowd[2], "1").await;
    app.refused(app.visit(&crowd[2], &finish).await, StoreFull).await;
    for who in &crowd[..2] {
        app.log_in(who, "1").await;
    }
    // An administrator unlinks an account, which makes room.
    app.clock.seconds(1);
    app.sso.unlink(&"1".into(), &"user-0".into()).await.unwrap();
    app.log_in(&crowd[2], "1").await;
}

#[tokio::test]
async fn full_sessions_end_the_oldest_and_its_account_logs_in_again() {
    let app = TestApp::of(limited(crate::support::limits(|limits| limits.sessions = 2))).await;
    let crowd: Vec<_> = (0..3).map(|at| app.actor(&format!("user-{at}"))).collect();
    for who in &crowd {
        app.log_in(who, "1").await;
        app.clock.seconds(1);
    }
    let mut logged_in = Vec::new();
    for who in &crowd {
        logged_in.push(app.is_logged_in(who, "1").await);
    }
    assert_eq!(logged_in, [false, true, true]);
    app.log_in(&crowd[0], "1").await;
    assert!(app.is_logged_in(&crowd[0], "1").await);
}

#[tokio::test]
async fn an_account_that_revokes_tokens_again_and_again_blocks_no_revocation() {
    let app = TestApp::of(limited(crate::support::limits(|limits| limits.marks = 10))).await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    app.log_in(&ada, "1").await;
    let in_progress = app.received(&other, "1").await;
    assert_eq!(app.sso.signed_out(&other.presents()).await.unwrap(), 0);
    for number in 0..100 {
        app.sso.signed_out(&Credential::token(format!("token-{number}"))).await.unwrap();
    }
    // The login in progress was revoked, and the store has no room for that mark any more.
    app.refused(app.visit(&other, &in_progress).await, Revoked).await;
    // Revocations and logins of everybody go on.
    assert!(app.is_logged_in(&ada, "1").await);
    assert_eq!(app.sso.signed_out(&ada.presents()).await.unwrap(), 1);
    assert!(!app.is_logged_in(&ada, "1").await);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_clock_that_is_ahead_for_a_minute_locks_nobody_out() {
    let app = TestApp::of(TestConfig { crowd: 8, ..TestConfig::default() }).await;
    let day = Duration::from_secs(24 * 60 * 60);
    let (ada, crowd) = (app.actor("ada"), app.actor("user-0"));
    app.log_in(&ada, "1").await;
    app.clock.advance(day);
    // In this minute, people log in, sign out and are removed.
    app.log_in(&crowd, "1").await;
    let pending = app.received(&ada, "1").await;
    app.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    app.log_in(&crowd, "1").await;
    app.clock.back(day);
    // A ticket of that minute seems to last for a day. It counts as expired.
    app.refused(app.visit(&ada, &pending).await, TicketExpired).await;
    // So does a session.
    assert!(!app.is_logged_in(&crowd, "1").await);
    for who in [&ada, &crowd] {
        app.log_in(who, "1").await;
        assert!(app.is_logged_in(who, "1").await);
    }
    assert_eq!(app.sso.revoke(RevocationScope::Account("ada".into())).await.unwrap(), 1);
}

/// One member signs in to the app again and again, and begins logins with each of these app sessions.
#[tokio::test]
async fn an_account_with_many_app_sessions_takes_no_room_from_others() {
    let app = TestApp::of(limited(crate::support::limits(|limits| limits.one_time = 80))).await;
    let spared = app.actor("user-0");
    let pending = app.called_back(&spared, "1").await;
    let mut begun = Vec::new();
    for _ in 0..100 {
        let ada = app.actor("ada");
        begun.push((app.begun(&ada, "1").await, ada));
    }
    app.accepts(&spared, &pending).await;
    app.log_in(&app.actor("user-1"), "1").await;
    // The account has lost its own oldest logins, and no other.
    for (at, expected) in [(0, false), (100 - ACCOUNT_VALUES - 1, false), (99, true)] {
        let (authorize, ada) = &begun[at];
        let callback = app.signed_in(ada, "1", authorize).await;
        if expected {
            app.accepts(ada, &callback).await;
        } else {
            app.refused(app.visit(ada, &callback).await, StateUnknown).await;
        }
    }
}

#[tokio::test]
pub async fn a_credential_with_too_many_logins_loses_its_own_oldest_only() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    let spared = app.called_back(&other, "1").await;
    let mut begun = Vec::new();
    for _ in 0..17 {
        begun.push(app.begun(&ada, "1").await);
        app.clock.seconds(3);
    }
    let first = app.signed_in(&ada, "1", &begun[0]).await;
    app.refused(app.visit(&ada, &first).await, StateUnknown).await;
    let second = app.signed_in(&ada, "1", &begun[1]).await;
    app.accepts(&ada, &second).await;
    app.accepts(&other, &spared).await;
}
