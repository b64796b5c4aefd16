//! Whoever floods a callback address is slowed, and locks nobody out.

use http::StatusCode;
use tower_sso::login::LoginErrorKind::{
    CodeMissing, JoinLinkUnknown, LookupFailed, NoConnection, ParameterRepeated, RateLimited, RequestInvalid,
    StateExpired, StateMissing, StateUnknown, StateUsed,
};

use crate::{
    scene::{
        TestApp, Who,
        fault::{Fault, Verb},
    },
    support::{header, text},
};

/// As many answers with a made-up state as are recorded one by one.
async fn flood(scene: &TestApp, organization: &str) {
    for at in 0..60 {
        let made_up = format!("/sso/{organization}/oidc/callback?state=made-up-{at}&code=x");
        scene.refused(scene.visit(&Who::nobody(), &made_up).await, StateUnknown).await;
    }
}

#[tokio::test]
pub async fn a_flood_of_made_up_states_is_slowed_and_seldom_recorded() {
    let scene = TestApp::new().await;
    let nobody = Who::nobody();
    let made_up = "/sso/1/oidc/callback?state=made-up&code=x";
    flood(&scene, "1").await;
    scene.refused(scene.visit(&nobody, made_up).await, RateLimited).await;
    assert_eq!(scene.actions().len(), 61);
    // From then on in silence, whatever it is that belongs to no SSO login.
    let large = format!("/sso/1/oidc/callback?state=s&code={}", "x".repeat(9_000));
    for address in [made_up, "/sso/1/oidc/callback", "/sso/1/oidc/callback?state=s", &large] {
        let response = scene.visit(&nobody, address).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{address}");
        assert_eq!(header(&response, "retry-after"), "5");
        assert!(text(response).await.contains("try again in a moment"));
    }
    let posted = scene.post(&nobody, "/sso/1/oidc/callback", &[], "state=made-up&code=x").await;
    assert_eq!(posted.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(scene.actions().len(), 0);
    // One a second is recorded for what it is, and every ten seconds that there were more.
    scene.hands.seconds(1);
    scene.refused(scene.visit(&nobody, made_up).await, StateUnknown).await;
    assert_eq!(scene.visit(&nobody, made_up).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(scene.actions().len(), 1);
    scene.hands.seconds(9);
    for _ in 0..9 {
        scene.refused(scene.visit(&nobody, made_up).await, StateUnknown).await;
    }
    scene.refused(scene.visit(&nobody, made_up).await, RateLimited).await;
}

#[tokio::test]
pub async fn a_flood_locks_no_login_out() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let (callback, late) = (scene.called_back(&ada, "1").await, scene.called_back(&ada, "1").await);
    flood(&scene, "1").await;
    let made_up = "/sso/1/oidc/callback?state=made-up&code=x";
    scene.refused(scene.visit(&Who::nobody(), made_up).await, RateLimited).await;
    // Those under way, from the same address and without a cookie, and new ones, as many as come.
    scene.accepts(&ada, &callback).await;
    for at in 0..70 {
        let who = scene.who("ada");
        scene.log_in(&who, "1").await;
        assert!(scene.is_logged_in(&who, "1").await, "{at}");
    }
    // A failure of ours is said to be one, and an SSO login that took too long too.
    scene.switch.set(Some((Verb::Take, Fault::Fails)));
    scene.refused(scene.visit(&ada, &late).await, LookupFailed).await;
    scene.switch.set(None);
    scene.hands.seconds(600);
    flood(&scene, "1").await;
    scene.refused(scene.visit(&ada, &late).await, StateExpired).await;
    // Nor is another organization's callback address slowed.
    let elsewhere = "/sso/2/oidc/callback?state=made-up&code=x";
    scene.refused(scene.visit(&Who::nobody(), elsewhere).await, StateUnknown).await;
}

#[tokio::test]
pub async fn whatever_belongs_to_no_login_counts() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let used = scene.called_back(&ada, "1").await;
    scene.accepts(&ada, &used).await;
    let large = format!("/sso/1/oidc/callback?state=s&code={}", "x".repeat(9_000));
    for (address, kind) in [
        (used.as_str(), StateUsed),
        ("/sso/1/oidc/callback", StateMissing),
        ("/sso/1/oidc/callback?state=s", CodeMissing),
        ("/sso/1/oidc/callback?state=s&state=s", ParameterRepeated),
        (&large, RequestInvalid),
        ("/sso/nobodys/saml/metadata", NoConnection),
        ("/sso/1/join?link=made-up", JoinLinkUnknown),
        ("/sso/nobodys/join?link=made-up", NoConnection),
    ] {
        for _ in 0..60 {
            scene.refused(scene.visit(&ada, address).await, kind).await;
        }
        scene.refused(scene.visit(&ada, address).await, RateLimited).await;
        scene.hands.seconds(60);
    }
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn made_up_organizations_fill_no_room() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let mut slowed = 0;
    for at in 0..18_000_u32 {
        let made_up = format!("/sso/made-up-{at}/oidc/callback");
        let status = scene.visit(&Who::nobody(), &made_up).await.status();
        slowed += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    // 256 groups of 60 at most were recorded one by one, however many organizations there seemed to be.
    assert!(slowed >= 18_000 - 256 * 61, "{slowed}");
    scene.log_in(&ada, "1").await;
}
