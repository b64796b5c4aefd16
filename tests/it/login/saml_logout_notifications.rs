//! The host is told about a logout that it did not begin.

use std::sync::Arc;

use tower_sso::{
    Credential, OrgId,
    audit::Action,
    directory::{Logout, LogoutBy},
    session::SsoSession,
};

use super::logout_messages::{
    Message, RESPONDER, SUCCESS, accepts, answers, config, sent, session_index, sign_out,
};
use crate::test_app::{
    Actor, TestApp, TestConfig,
    fault::{Fault, Verb},
};

/// Returns what the host was told since the last call.
fn told(app: &TestApp) -> Vec<Logout> {
    std::mem::take(&mut *app.host.state.logouts.lock().unwrap())
}

/// Returns whose sessions ended and by which credentials, in order.
fn who(logout: &Logout) -> Vec<(String, Credential)> {
    let mut who: Vec<_> =
        logout.ended.iter().map(|it| (it.account.to_string(), it.credential.clone())).collect();
    who.sort();
    who
}

fn ada(who: &Actor) -> (String, Credential) {
    ("ada".to_owned(), who.presents())
}

#[tokio::test]
async fn the_app_is_notified_of_the_sessions_that_a_provider_ended() {
    let app = TestApp::of(config()).await;
    let [one, two] = [app.actor("ada"), app.actor("ada")];
    for who in [&one, &two] {
        app.log_in(who, "1").await;
    }
    let proof = app.proof(&two).await;
    app.sso.authorize_token(&proof, &"a token".into()).await.unwrap();
    app.count_finished();
    accepts(&app, &Message::request(&app, "_one", "ada", &[&session_index(&app, &one).await])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&app)).unwrap();
    assert_eq!((logout.organization.clone(), logout.by), (OrgId::new("1"), LogoutBy::Provider));
    assert_eq!(who(&logout), [ada(&one)]);
    let event = app.last();
    assert_eq!((event.action, event.account), (Action::LogoutReceived, Some("ada".into())));
    // No session ended, so the host is not told.
    accepts(&app, &Message::request(&app, "_none", "bob", &[])).await;
    assert_eq!(told(&app), []);
    accepts(&app, &Message::request(&app, "_all", "ada", &[])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&app)).unwrap();
    assert_eq!(who(&logout), [("ada".to_owned(), Credential::token("a token")), ada(&two)]);
}

#[tokio::test]
async fn the_app_is_notified_of_logouts_on_our_page_but_not_of_its_own() {
    let app = TestApp::of(config()).await;
    let (one, two) = (app.actor("ada"), app.actor("ada"));
    for who in [&one, &two] {
        app.log_in(who, "1").await;
    }
    sent(&app, sign_out(&app, &one, &app.base).await, "SAMLRequest").await;
    let [logout] = <[Logout; 1]>::try_from(told(&app)).unwrap();
    assert_eq!((logout.organization.clone(), logout.by), (OrgId::new("1"), LogoutBy::Viewer));
    assert_eq!(who(&logout), [ada(&one)]);
    // The second time there is no session to end.
    sign_out(&app, &one, &app.base).await;
    app.sso.signed_out(&two.presents()).await.unwrap();
    assert_eq!(told(&app), []);
}

#[tokio::test]
async fn an_app_that_ends_its_sessions_too_ends_their_sso_sessions_elsewhere() {
    for signs_out in [false, true] {
        let app = TestApp::of(config()).await;
        *app.host.state.signs_out.lock().unwrap() = signs_out;
        let [one, two] = [app.actor("ada"), app.actor("ada")];
        for who in [&one, &two] {
            app.log_in(who, "1").await;
            app.log_in(who, "2").await;
        }
        let proof = app.proof(&one).await;
        app.sso.authorize_token(&proof, &"a token".into()).await.unwrap();
        app.count_finished();
        let index = session_index(&app, &one).await;
        accepts(&app, &Message::request(&app, "_one", "ada", &[&index])).await;
        assert!(!app.is_logged_in(&one, "1").await);
        assert_eq!(app.is_logged_in(&one, "2").await, !signs_out, "{signs_out}");
        for organization in ["1", "2"] {
            assert!(app.is_logged_in(&two, organization).await, "another login of the same person");
        }
    }
}

#[tokio::test]
async fn an_app_that_fails_to_log_out_restores_no_session_and_success_is_withheld() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let bound = std::time::Duration::from_millis(150);
        let app = TestApp::of(TestConfig { lookup_timeout: bound, ..config() }).await;
        let (one, two) = (app.actor("ada"), app.actor("ada"));
        for who in [&one, &two] {
            app.log_in(who, "1").await;
        }
        let index = session_index(&app, &one).await;
        app.actions();
        app.faults.set(Some((Verb::LoggedOut, fault)));
        let status = if fault == Fault::Late { SUCCESS } else { RESPONDER };
        answers(&app, &Message::request(&app, "_one", "ada", &[&index]), status).await;
        assert!(!app.is_logged_in(&one, "1").await, "{fault:?}");
        let failed = |app: &TestApp| {
            let events: Vec<_> = app.events.lock().unwrap().drain(..).collect();
            let failed = |action| matches!(action, Action::LookupFailed { verb: "logged_out", .. });
            events.into_iter().filter(|event| failed(event.action.clone())).count()
        };
        assert_eq!(failed(&app), usize::from(fault != Fault::Late), "{fault:?}");
        // With our own button, the provider is still asked.
        sent(&app, sign_out(&app, &two, &app.base).await, "SAMLRequest").await;
        assert!(!app.is_logged_in(&two, "1").await, "{fault:?}");
        assert_eq!(failed(&app), usize::from(fault != Fault::Late), "{fault:?}");
    }
}

#[tokio::test]
async fn a_failed_revocation_after_the_apps_logout_is_not_answered_with_success() {
    let app = TestApp::of(config()).await;
    *app.host.state.signs_out.lock().unwrap() = true;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    // The store fails after the host has answered.
    let faults = app.faults.clone();
    app.faults.meanwhile(Verb::LoggedOut, move || faults.set(Some((Verb::SessionRevoke, Fault::Fails))));
    answers(&app, &Message::request(&app, "_one", "ada", &[]), RESPONDER).await;
    app.faults.set(None);
    assert!(!app.is_logged_in(&ada, "1").await);
    app.clock.seconds(1);
    app.log_in(&ada, "1").await;
    answers(&app, &Message::request(&app, "_two", "ada", &[]), SUCCESS).await;
}

#[tokio::test]
async fn sessions_that_a_store_ends_beyond_the_request_are_not_reported() {
    let app = TestApp::of(config()).await;
    let [one, two] = [app.actor("ada"), app.actor("ada")];
    for who in [&one, &two] {
        app.log_in(who, "1").await;
    }
    let other = SsoSession::clone(app.proof(&two).await.session());
    app.faults.also_revokes(Arc::new(other));
    accepts(&app, &Message::request(&app, "_one", "ada", &[&session_index(&app, &one).await])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&app)).unwrap();
    assert_eq!(who(&logout), [ada(&one)]);
    assert!(app.is_logged_in(&two, "1").await);
}
