//! Many at once, the same thing twice, and no room left.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt as _, future::join_all, stream};
use http::StatusCode;
use tower_sso::{
    SsoPass,
    login::LoginErrorKind::{StateUnknown, StoreFull, TicketUsed},
    session::RevocationScope,
    store::{MemoryLimits, MemoryStore},
};

use crate::{
    browser::Browser,
    login::flow::signed_in,
    scene::{Plan, TestApp, Who, email},
    support::header,
};

fn limited(limits: MemoryLimits) -> Plan {
    Plan { store: MemoryStore::new(limits), crowd: 8, ..Plan::default() }
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
    let scene = TestApp::new().await;
    let mut one = signed_in(&scene, "ada", "1");
    let mut other = one.tab();
    at_the_form(&mut one, &scene.url("/acme/a?x=1")).await;
    at_the_form(&mut other, &scene.url("/initech/b?y=2")).await;
    fill_in(&mut one).await;
    fill_in(&mut other).await;
    assert_eq!(one.page().text(), "Fresh ada at /acme/a?x=1", "{}", one.trail());
    assert_eq!(other.page().text(), "Fresh ada at /initech/b?y=2", "{}", other.trail());
}

#[tokio::test]
async fn many_tabs_log_in_at_one_organization_and_each_comes_back_to_its_own_page() {
    let scene = TestApp::new().await;
    let first = signed_in(&scene, "ada", "1");
    let mut tabs: Vec<_> = (0..6).map(|_| first.tab()).collect();
    for (at, tab) in tabs.iter_mut().enumerate() {
        at_the_form(tab, &scene.url(&format!("/acme/{at}"))).await;
    }
    // The last that began comes back first.
    for (at, tab) in tabs.iter_mut().enumerate().rev() {
        fill_in(tab).await;
        assert_eq!(tab.page().text(), format!("Fresh ada at /acme/{at}"), "{}", tab.trail());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_callback_many_times_at_once_gives_one_ticket() {
    let scene = TestApp::new().await;
    for _ in 0..8 {
        let ada = scene.who("ada");
        let callback = scene.called_back(&ada, "1").await;
        let asked = scene.acme.calls("/token");
        let answers = join_all((0..4).map(|_| scene.visit(&ada, &callback))).await;
        let taken: Vec<_> =
            answers.into_iter().filter(|answer| answer.status() == StatusCode::SEE_OTHER).collect();
        assert_eq!((taken.len(), scene.acme.calls("/token") - asked), (1, 1));
        scene.finishes(&ada, header(&taken[0], "location")).await;
    }
    let names = scene.actions();
    let count = |name: &str| names.iter().filter(|it| **it == name).count();
    assert_eq!((count("login.received"), count("login.refused")), (8, 24));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_ticket_many_times_at_once_gives_one_session() {
    let scene = TestApp::new().await;
    for _ in 0..8 {
        let ada = scene.who("ada");
        let finish = scene.received(&ada, "1").await;
        let answers = join_all((0..4).map(|_| scene.visit(&ada, &finish))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status()).collect();
        let finished = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        let refused = statuses.iter().filter(|status| **status == TicketUsed.status()).count();
        assert_eq!((finished, refused), (1, 3), "{statuses:?}");
        scene.count_finished();
        scene.stored_as_finished();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_out_that_races_with_the_finish_always_wins() {
    let scene = Arc::new(TestApp::new().await);
    for _ in 0..40 {
        let ada = scene.who("ada");
        let finish = scene.received(&ada, "1").await;
        let finishing = tokio::spawn({
            let (scene, ada) = (Arc::clone(&scene), ada.clone());
            async move { scene.visit(&ada, &finish).await.status() }
        });
        scene.sso.signed_out(&ada.presents()).await.unwrap();
        let status = finishing.await.unwrap();
        assert!(matches!(status, StatusCode::SEE_OTHER | StatusCode::CONFLICT), "{status}");
        assert!(
            !scene.is_logged_in(&ada, "1").await,
            "finished with {status}, and logged in with SSO after the sign-out"
        );
        scene.hands.seconds(1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_of_an_organization_ends_every_login_that_is_under_way_there() {
    let scene = TestApp::of(Plan { crowd: 20, ..Plan::default() }).await;
    let crowd: Vec<_> = (0..20).map(|at| scene.who(&format!("user-{at}"))).collect();
    let mut waiting = Vec::new();
    for who in &crowd {
        waiting.push((who, scene.received(who, "1").await));
    }
    let ada = scene.who("ada");
    let elsewhere = scene.received(&ada, "2").await;
    scene.sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    for status in
        join_all(waiting.iter().map(|(who, finish)| async { scene.visit(who, finish).await.status() })).await
    {
        assert_eq!(status, StatusCode::CONFLICT);
    }
    scene.finishes(&ada, &elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_login_at_the_same_time() {
    const ACCOUNTS: usize = 100;
    const BROWSERS: usize = 10;
    let scene = TestApp::of(Plan { crowd: ACCOUNTS, ..Plan::default() }).await;
    let accounts = (0..ACCOUNTS).flat_map(|at| std::iter::repeat_n(format!("user-{at}"), BROWSERS));
    let crowd: Vec<Who> = accounts.map(|account| scene.who(&account)).collect();
    // All are under way at once, and come back in the order in which their turn comes.
    let begun = join_all(crowd.iter().map(|who| scene.begun(who, "1"))).await;
    let steps = crowd.iter().zip(&begun).map(|(who, authorize)| {
        let scene = &scene;
        async move {
            let callback = scene.signed_in(who, "1", authorize).await;
            let received = scene.visit(who, &callback).await;
            scene.location(received).await
        }
    });
    // As many as the provider's listener takes at once.
    let tickets: Vec<String> = stream::iter(steps).buffered(64).collect().await;
    join_all(crowd.iter().zip(&tickets).map(|(who, finish)| scene.finishes(who, finish))).await;
    scene.stored_as_finished();
    assert_eq!(scene.switch.stored(), ACCOUNTS * BROWSERS);

    // Everybody has the session that is theirs.
    let mut sessions = BTreeSet::new();
    for who in &crowd {
        let parts = scene.request(who, "GET", "/x", &[]).into_parts().0;
        let Ok(SsoPass::Fresh(proof)) = scene.sso.require(&parts, &"1".into()).await else {
            panic!("{who:?} is not logged in with SSO")
        };
        let session = proof.session();
        assert_eq!(Some(session.account.as_str()), who.account.as_deref());
        assert_eq!(session.credential, who.presents());
        assert_eq!(Some(session.subject.as_str()), who.account.as_deref());
        sessions.insert(session.id.clone());
    }
    assert_eq!(sessions.len(), ACCOUNTS * BROWSERS);
    // One look at the metadata and at the keys was enough for all.
    assert_eq!(scene.acme.calls("/.well-known/openid-configuration"), 1);
    assert_eq!(scene.acme.calls("/keys"), 1);
}

#[tokio::test]
pub async fn a_store_without_room_for_a_login_refuses_it_and_loses_none() {
    let scene = TestApp::of(limited(crate::support::limits(|limits| limits.one_time = 3))).await;
    let crowd: Vec<_> = (0..4).map(|at| scene.who(&format!("user-{at}"))).collect();
    let mut callbacks = Vec::new();
    for who in &crowd[..3] {
        callbacks.push(scene.called_back(who, "1").await);
    }
    let response = scene.begin(&crowd[3], "1", "/").await;
    assert_eq!(header(&response, "retry-after"), "5");
    scene.refused(response, StoreFull).await;
    for (who, callback) in crowd.iter().zip(&callbacks) {
        scene.accepts(who, callback).await;
    }
    // The marks against loops may fill it; they are over after half a minute.
    scene.hands.seconds(30);
    scene.log_in(&crowd[3], "1").await;
}

#[tokio::test]
pub async fn links_without_room_refuse_a_new_account_and_keep_every_old_one() {
    let scene = TestApp::of(limited(crate::support::limits(|limits| limits.links = 2))).await;
    let crowd: Vec<_> = (0..3).map(|at| scene.who(&format!("user-{at}"))).collect();
    for who in &crowd[..2] {
        scene.log_in(who, "1").await;
    }
    let finish = scene.received(&crowd[2], "1").await;
    scene.refused(scene.visit(&crowd[2], &finish).await, StoreFull).await;
    for who in &crowd[..2] {
        scene.log_in(who, "1").await;
    }
    // An administrator makes room.
    scene.hands.seconds(1);
    scene.sso.unlink(&"1".into(), &"user-0".into()).await.unwrap();
    scene.log_in(&crowd[2], "1").await;
}

#[tokio::test]
async fn sessions_without_room_let_the_oldest_go_who_logs_in_again() {
    let scene = TestApp::of(limited(crate::support::limits(|limits| limits.sessions = 2))).await;
    let crowd: Vec<_> = (0..3).map(|at| scene.who(&format!("user-{at}"))).collect();
    for who in &crowd {
        scene.log_in(who, "1").await;
        scene.hands.seconds(1);
    }
    let mut stand = Vec::new();
    for who in &crowd {
        stand.push(scene.is_logged_in(who, "1").await);
    }
    assert_eq!(stand, [false, true, true]);
    scene.log_in(&crowd[0], "1").await;
    assert!(scene.is_logged_in(&crowd[0], "1").await);
}

#[tokio::test]
async fn a_sign_out_without_room_for_its_mark_ends_the_session_and_says_that_it_is_not_sure() {
    let scene = TestApp::of(limited(crate::support::limits(|limits| limits.marks = 1))).await;
    let (ada, other) = (scene.who("ada"), scene.who("ada"));
    scene.log_in(&ada, "1").await;
    scene.log_in(&other, "1").await;
    assert_eq!(scene.sso.signed_out(&other.presents()).await.unwrap(), 1);
    assert!(scene.sso.signed_out(&ada.presents()).await.is_err());
    assert!(!scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&other, "1").await);
}

#[tokio::test]
pub async fn a_credential_with_too_many_logins_loses_its_own_oldest_and_nobody_elses() {
    let scene = TestApp::new().await;
    let (ada, other) = (scene.who("ada"), scene.who("ada"));
    let spared = scene.called_back(&other, "1").await;
    let mut begun = Vec::new();
    for _ in 0..17 {
        begun.push(scene.begun(&ada, "1").await);
        scene.hands.seconds(3);
    }
    let first = scene.signed_in(&ada, "1", &begun[0]).await;
    scene.refused(scene.visit(&ada, &first).await, StateUnknown).await;
    let second = scene.signed_in(&ada, "1", &begun[1]).await;
    scene.accepts(&ada, &second).await;
    scene.accepts(&other, &spared).await;
}
