//! States and tickets: each is used once, within its lifetime, and only in the organization where it was made.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_sso::login::LoginErrorKind::{
    CodeMissing, NonceWrong, ParameterRepeated, ProviderError, RequestInvalid, StateExpired, StateMissing,
    StateUnknown, StateUsed, TicketExpired, TicketMissing, TicketUnknown, TicketUsed, TokenRefused,
};

use tower_sso_test_idp::{Answer, Endpoint, Lie};

use crate::test_app::{Actor, TestApp};

/// Returns the address without one of its parameters.
fn without(address: &str, name: &str) -> String {
    let (path, query) = address.split_once('?').unwrap();
    let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
    assert_eq!(rest.len() + 1, query.split('&').count(), "{name} in {address}");
    format!("{path}?{}", rest.join("&"))
}

#[tokio::test]
pub async fn a_missing_repeated_or_made_up_state_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    for (bent, kind) in [
        (without(&callback, "state"), StateMissing),
        (format!("{}&state=", without(&callback, "state")), StateMissing),
        (format!("{callback}&state=x"), ParameterRepeated),
        (format!("{callback}&code=x"), ParameterRepeated),
        (format!("{}&state=x", without(&callback, "state")), StateUnknown),
        (without(&callback, "code"), CodeMissing),
        (format!("{}&code={}", without(&callback, "code"), "x".repeat(9_000)), RequestInvalid),
    ] {
        app.refused(app.visit(&ada, &bent).await, kind).await;
    }
    // None of these requests used up the pending login.
    app.accepts(&ada, &format!("{callback}&unknown=1")).await;
}

#[tokio::test]
pub async fn a_state_is_used_once() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    app.accepts(&ada, &callback).await;
    app.refused(app.visit(&ada, &callback).await, StateUsed).await;
    assert!(app.is_logged_in(&ada, "1").await, "the active session is kept");
}

/// Returns one parameter of an address.
fn value<'a>(address: &'a str, name: &str) -> &'a str {
    let query = address.split_once('?').unwrap().1;
    query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap()
}

#[tokio::test]
pub async fn a_code_is_used_once() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let first = app.called_back(&ada, "1").await;
    app.accepts(&ada, &first).await;
    // The state is new, so only the code has been used before.
    for lie in [None, Some(Lie::AnyVerifier)] {
        app.acme.honest();
        lie.into_iter().for_each(|lie| app.acme.lie(lie));
        let next = app.called_back(&ada, "1").await;
        let reused = next.replace(value(&next, "code"), value(&first, "code"));
        app.refused(app.visit(&ada, &reused).await, TokenRefused).await;
    }
    app.acme.honest();
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_code_of_another_login_is_refused_by_pkce_and_without_it_by_the_nonce() {
    let app = TestApp::new().await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    for (lie, kind) in [(None, TokenRefused), (Some(Lie::AnyVerifier), NonceWrong)] {
        lie.into_iter().for_each(|lie| app.acme.lie(lie));
        // The attacker's browser gets the victim's code, or the other way around, with the same user and client.
        let (own, stolen) = (app.called_back(&ada, "1").await, app.called_back(&other, "1").await);
        let injected = own.replace(value(&own, "code"), value(&stolen, "code"));
        app.refused(app.visit(&ada, &injected).await, kind).await;
        // With a provider that does not check the verifier, an honest code still logs the user in.
        app.log_in(&ada, "1").await;
        app.acme.honest();
    }
}

#[tokio::test]
pub async fn a_login_waits_ten_minutes_for_the_provider() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let authorize = app.begun(&ada, "1").await;
    app.clock.seconds(10 * 60);
    let callback = app.signed_in(&ada, "1", &authorize).await;
    app.refused(app.visit(&ada, &callback).await, StateExpired).await;

    let authorize = app.begun(&ada, "1").await;
    app.clock.seconds(10 * 60 - 1);
    let callback = app.signed_in(&ada, "1", &authorize).await;
    app.accepts(&ada, &callback).await;
}

#[tokio::test]
pub async fn an_error_of_the_provider_ends_on_a_page_outside_of_the_guard() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    let code = "access_denied%0a%3Cscript%3E";
    let bent = format!("{}&error={code}&error_description=because", without(&callback, "code"));
    let page = app.refused(app.visit(&ada, &bent).await, ProviderError).await;
    assert!(!page.contains("access_denied") && !page.contains("because"));
    // The page links to the start page and from there back to the page that the visitor wanted. The visitor has to
    // click.
    assert!(page.contains("/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7"), "{page}");
    assert!(!page.contains("http-equiv=\"refresh\""));
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_missing_repeated_or_made_up_ticket_is_refused() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    for (bent, kind) in [
        (app.url("/sso/1/finish"), TicketMissing),
        (format!("{finish}&ticket=x"), ParameterRepeated),
        (app.url("/sso/1/finish?ticket="), TicketUnknown),
        (app.url("/sso/1/finish?ticket=x"), TicketUnknown),
        (format!("{finish}x"), TicketUnknown),
    ] {
        app.refused(app.visit(&ada, &bent).await, kind).await;
    }
    // A state is not a ticket, and a ticket is not a state.
    let callback = app.called_back(&ada, "1").await;
    let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let bent = app.url(&format!("/sso/1/finish?ticket={state}"));
    app.refused(app.visit(&ada, &bent).await, TicketUnknown).await;
    let ticket = finish.split("ticket=").nth(1).unwrap();
    let bent = format!("{}&state={ticket}", without(&callback, "state"));
    app.refused(app.visit(&ada, &bent).await, StateUnknown).await;
    // None of these requests used up the ticket.
    app.finishes(&ada, &finish).await;
}

#[tokio::test]
pub async fn a_ticket_is_used_once() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    let ticket = finish.split_once("ticket=").unwrap().1;
    assert_eq!(URL_SAFE_NO_PAD.decode(ticket).unwrap().len() * 8, 256, "bits");
    app.finishes(&ada, &finish).await;
    app.refused(app.visit(&ada, &finish).await, TicketUsed).await;
    // A visitor who may not use the ticket uses it up too.
    let finish = app.received(&ada, "1").await;
    assert_eq!(app.visit(&ada.elsewhere(), &finish).await.status(), 403);
    app.refused(app.visit(&ada, &finish).await, TicketUsed).await;
}

#[tokio::test]
pub async fn a_ticket_expires_after_two_minutes() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    app.clock.seconds(2 * 60);
    app.refused(app.visit(&ada, &finish).await, TicketExpired).await;
    let finish = app.received(&ada, "1").await;
    app.clock.seconds(2 * 60 - 1);
    app.finishes(&ada, &finish).await;
}

/// Returns the address to finish at of an SSO login at the last moment, whose provider took 30 seconds to answer.
async fn received_late(app: &TestApp, who: &Actor) -> String {
    let authorize = app.begun(who, "1").await;
    app.clock.seconds(10 * 60 - 1);
    let callback = app.signed_in(who, "1", &authorize).await;
    app.acme.forget_requests();
    app.acme.lie(Lie::Answer(Endpoint::Userinfo, Answer::SlowDrip(Duration::from_millis(2))));
    let mut received = std::pin::pin!(app.visit(who, &callback));
    while app.acme.calls("/userinfo") == 0 {
        assert!(
            tokio::time::timeout(Duration::from_millis(1), &mut received).await.is_err(),
            "the provider answered too early"
        );
    }
    app.clock.seconds(30);
    let received = received.await;
    app.acme.honest();
    app.location(received).await
}

#[tokio::test]
async fn a_slow_provider_does_not_let_a_ticket_outlive_its_login() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let finish = received_late(&app, &ada).await;
    app.clock.seconds(91);
    app.refused(app.visit(&ada, &finish).await, TicketExpired).await;
    let finish = received_late(&app, &ada).await;
    app.clock.seconds(90);
    app.finishes(&ada, &finish).await;
}
