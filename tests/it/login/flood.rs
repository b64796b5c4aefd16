//! A flood of requests to a callback address is rate-limited and locks nobody out.

use http::StatusCode;
use tower_sso::login::LoginErrorKind::{
    CodeMissing, JoinLinkUnknown, LookupFailed, NoConnection, ParameterRepeated, RateLimited, RequestInvalid,
    StateExpired, StateMissing, StateUnknown, StateUsed,
};

use crate::{
    support::{header, text},
    test_app::{
        Actor, TestApp,
        fault::{Fault, Verb},
    },
};

/// Sends as many answers with a made-up state as are recorded individually.
async fn flood(app: &TestApp, organization: &str) {
    for at in 0..60 {
        let made_up = format!("/sso/{organization}/oidc/callback?state=made-up-{at}&code=x");
        app.refused(app.visit(&Actor::nobody(), &made_up).await, StateUnknown).await;
    }
}

#[tokio::test]
pub async fn a_flood_of_made_up_states_is_rate_limited_and_seldom_recorded() {
    let app = TestApp::new().await;
    let nobody = Actor::nobody();
    let made_up = "/sso/1/oidc/callback?state=made-up&code=x";
    flood(&app, "1").await;
    app.refused(app.visit(&nobody, made_up).await, RateLimited).await;
    assert_eq!(app.actions().len(), 61);
    // After that, every request that belongs to no SSO login is rate-limited without an event.
    let large = format!("/sso/1/oidc/callback?state=s&code={}", "x".repeat(9_000));
    for address in [made_up, "/sso/1/oidc/callback", "/sso/1/oidc/callback?state=s", &large] {
        let response = app.visit(&nobody, address).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{address}");
        assert_eq!(header(&response, "retry-after"), "5");
        assert!(text(response).await.contains("try again in a moment"));
    }
    let posted = app.post(&nobody, "/sso/1/oidc/callback", &[], "state=made-up&code=x").await;
    assert_eq!(posted.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.actions().len(), 0);
    // One request per second is recorded under its own kind. Every ten seconds, one event says that there were more.
    app.clock.seconds(1);
    app.refused(app.visit(&nobody, made_up).await, StateUnknown).await;
    assert_eq!(app.visit(&nobody, made_up).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.actions().len(), 1);
    app.clock.seconds(9);
    for _ in 0..9 {
        app.refused(app.visit(&nobody, made_up).await, StateUnknown).await;
    }
    app.refused(app.visit(&nobody, made_up).await, RateLimited).await;
}

#[tokio::test]
pub async fn a_flood_does_not_block_logins_in_progress() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let (callback, late) = (app.called_back(&ada, "1").await, app.called_back(&ada, "1").await);
    flood(&app, "1").await;
    let made_up = "/sso/1/oidc/callback?state=made-up&code=x";
    app.refused(app.visit(&Actor::nobody(), made_up).await, RateLimited).await;
    // Logins in progress from the same address and without a cookie still work, and so do new logins in any number.
    app.accepts(&ada, &callback).await;
    for at in 0..70 {
        let who = app.actor("ada");
        app.log_in(&who, "1").await;
        assert!(app.is_logged_in(&who, "1").await, "{at}");
    }
    // A failed lookup and an expired SSO login are still reported as what they are.
    app.faults.set(Some((Verb::Take, Fault::Fails)));
    app.refused(app.visit(&ada, &late).await, LookupFailed).await;
    app.faults.set(None);
    app.clock.seconds(600);
    flood(&app, "1").await;
    app.refused(app.visit(&ada, &late).await, StateExpired).await;
    // Another organization's callback address is not rate-limited.
    let elsewhere = "/sso/2/oidc/callback?state=made-up&code=x";
    app.refused(app.visit(&Actor::nobody(), elsewhere).await, StateUnknown).await;
}

#[tokio::test]
pub async fn only_callbacks_of_no_login_count_toward_the_limit() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let used = app.called_back(&ada, "1").await;
    app.accepts(&ada, &used).await;
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
            app.refused(app.visit(&ada, address).await, kind).await;
        }
        app.refused(app.visit(&ada, address).await, RateLimited).await;
        app.clock.seconds(60);
    }
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn made_up_organizations_do_not_fill_the_limiter() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let mut slowed = 0;
    for at in 0..18_000_u32 {
        let made_up = format!("/sso/made-up-{at}/oidc/callback");
        let status = app.visit(&Actor::nobody(), &made_up).await.status();
        slowed += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    // All of them are one group.
    assert!(slowed >= 18_000 - 62, "{slowed}");
    let events = app.events.lock().unwrap().clone();
    assert!((60..=62).contains(&events.len()), "{}", events.len());
    for (at, event) in events.iter().enumerate() {
        // Otherwise each of them would have an audit log of its own.
        assert_eq!(event.organization, None, "{at}: {event:?}");
    }
    let said = format!("{:?}", events[0].action);
    assert!(said.contains("made-up-0"), "{said}");
    // The twin: an organization that has a connection is not affected, and is named.
    app.refused(app.visit(&Actor::nobody(), "/sso/1/oidc/callback?state=x&code=x").await, StateUnknown).await;
    assert_eq!(app.last().organization, Some("1".into()));
    // Somebody who is signed in can invent organizations, too.
    app.refused(app.visit(&ada, "/sso/made-up/start").await, NoConnection).await;
    let event = app.last();
    assert_eq!(event.organization, None, "{event:?}");
    assert!(format!("{:?}", event.action).contains("made-up"), "{event:?}");
    app.log_in(&ada, "1").await;
}
