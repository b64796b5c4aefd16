//! The host is told of a logout that it did not begin itself.

use std::sync::Arc;

use tower_sso::{
    Credential, OrgId,
    audit::Action,
    directory::{Logout, LogoutBy},
    session::SsoSession,
};

use super::logout_messages::{
    Message, RESPONDER, SUCCESS, accepts, answers, plan, sent, session_index, sign_out,
};
use crate::scene::{
    Plan, TestApp, Who,
    fault::{Fault, Verb},
};

/// What the host was told since the last time.
fn told(scene: &TestApp) -> Vec<Logout> {
    std::mem::take(&mut *scene.host.0.logouts.lock().unwrap())
}

/// Whose sessions ended, and by which credentials, in order.
fn who(logout: &Logout) -> Vec<(String, Credential)> {
    let mut who: Vec<_> =
        logout.ended.iter().map(|it| (it.account.to_string(), it.credential.clone())).collect();
    who.sort();
    who
}

fn ada(who: &Who) -> (String, Credential) {
    ("ada".to_owned(), who.presents())
}

#[tokio::test]
async fn the_host_is_told_whose_sessions_a_provider_ended_and_by_which_credentials() {
    let scene = TestApp::of(plan()).await;
    let [one, two] = [scene.who("ada"), scene.who("ada")];
    for who in [&one, &two] {
        scene.log_in(who, "1").await;
    }
    let proof = scene.proof(&two).await;
    scene.sso.authorize_token(&proof, &"a token".into()).await.unwrap();
    scene.count_finished();
    accepts(&scene, &Message::request(&scene, "_one", "ada", &[&session_index(&scene, &one).await])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&scene)).unwrap();
    assert_eq!((logout.organization.clone(), logout.by), (OrgId::new("1"), LogoutBy::Provider));
    assert_eq!(who(&logout), [ada(&one)]);
    let event = scene.last();
    assert_eq!((event.action, event.account), (Action::LogoutReceived, Some("ada".into())));
    // Nothing ended: there is nothing to tell.
    accepts(&scene, &Message::request(&scene, "_none", "bob", &[])).await;
    assert_eq!(told(&scene), []);
    accepts(&scene, &Message::request(&scene, "_all", "ada", &[])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&scene)).unwrap();
    assert_eq!(who(&logout), [("ada".to_owned(), Credential::token("a token")), ada(&two)]);
}

#[tokio::test]
async fn the_host_is_told_of_a_sign_out_at_our_button_and_not_of_its_own() {
    let scene = TestApp::of(plan()).await;
    let (one, two) = (scene.who("ada"), scene.who("ada"));
    for who in [&one, &two] {
        scene.log_in(who, "1").await;
    }
    sent(&scene, sign_out(&scene, &one, &scene.base).await, "SAMLRequest").await;
    let [logout] = <[Logout; 1]>::try_from(told(&scene)).unwrap();
    assert_eq!((logout.organization.clone(), logout.by), (OrgId::new("1"), LogoutBy::Viewer));
    assert_eq!(who(&logout), [ada(&one)]);
    // Once more there is none to end.
    sign_out(&scene, &one, &scene.base).await;
    scene.sso.signed_out(&two.presents()).await.unwrap();
    assert_eq!(told(&scene), []);
}

#[tokio::test]
async fn a_host_that_ends_its_logins_too_ends_what_they_logged_in_to_elsewhere() {
    for signs_out in [false, true] {
        let scene = TestApp::of(plan()).await;
        *scene.host.0.signs_out.lock().unwrap() = signs_out;
        let [one, two] = [scene.who("ada"), scene.who("ada")];
        for who in [&one, &two] {
            scene.log_in(who, "1").await;
            scene.log_in(who, "2").await;
        }
        let proof = scene.proof(&one).await;
        scene.sso.authorize_token(&proof, &"a token".into()).await.unwrap();
        scene.count_finished();
        let index = session_index(&scene, &one).await;
        accepts(&scene, &Message::request(&scene, "_one", "ada", &[&index])).await;
        assert!(!scene.is_logged_in(&one, "1").await);
        assert_eq!(scene.is_logged_in(&one, "2").await, !signs_out, "{signs_out}");
        for organization in ["1", "2"] {
            assert!(scene.is_logged_in(&two, organization).await, "another login of the same person");
        }
    }
}

#[tokio::test]
async fn a_host_that_cannot_take_it_brings_no_session_back_and_nobody_is_told_that_all_ended() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let bound = std::time::Duration::from_millis(150);
        let scene = TestApp::of(Plan { lookup_timeout: bound, ..plan() }).await;
        let (one, two) = (scene.who("ada"), scene.who("ada"));
        for who in [&one, &two] {
            scene.log_in(who, "1").await;
        }
        let index = session_index(&scene, &one).await;
        scene.actions();
        scene.switch.set(Some((Verb::LoggedOut, fault)));
        let status = if fault == Fault::Late { SUCCESS } else { RESPONDER };
        answers(&scene, &Message::request(&scene, "_one", "ada", &[&index]), status).await;
        assert!(!scene.is_logged_in(&one, "1").await, "{fault:?}");
        let failed = |scene: &TestApp| {
            let events: Vec<_> = scene.events.lock().unwrap().drain(..).collect();
            let failed = |action| matches!(action, Action::LookupFailed { verb: "logged_out", .. });
            events.into_iter().filter(|event| failed(event.action.clone())).count()
        };
        assert_eq!(failed(&scene), usize::from(fault != Fault::Late), "{fault:?}");
        // At our own button: the provider is asked all the same.
        sent(&scene, sign_out(&scene, &two, &scene.base).await, "SAMLRequest").await;
        assert!(!scene.is_logged_in(&two, "1").await, "{fault:?}");
        assert_eq!(failed(&scene), usize::from(fault != Fault::Late), "{fault:?}");
    }
}

#[tokio::test]
async fn what_goes_with_the_logins_and_cannot_be_ended_is_not_said_to_have_ended() {
    let scene = TestApp::of(plan()).await;
    *scene.host.0.signs_out.lock().unwrap() = true;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    // The store fails once the host has answered.
    let switch = scene.switch.clone();
    scene.switch.meanwhile(Verb::LoggedOut, move || switch.set(Some((Verb::SessionRevoke, Fault::Fails))));
    answers(&scene, &Message::request(&scene, "_one", "ada", &[]), RESPONDER).await;
    scene.switch.set(None);
    assert!(!scene.is_logged_in(&ada, "1").await);
    scene.hands.seconds(1);
    scene.log_in(&ada, "1").await;
    answers(&scene, &Message::request(&scene, "_two", "ada", &[]), SUCCESS).await;
}

#[tokio::test]
async fn what_a_store_says_it_ended_beyond_what_it_was_asked_is_not_told() {
    let scene = TestApp::of(plan()).await;
    let [one, two] = [scene.who("ada"), scene.who("ada")];
    for who in [&one, &two] {
        scene.log_in(who, "1").await;
    }
    let other = SsoSession::clone(scene.proof(&two).await.session());
    scene.switch.also_revokes(Arc::new(other));
    accepts(&scene, &Message::request(&scene, "_one", "ada", &[&session_index(&scene, &one).await])).await;
    let [logout] = <[Logout; 1]>::try_from(told(&scene)).unwrap();
    assert_eq!(who(&logout), [ada(&one)]);
    assert!(scene.is_logged_in(&two, "1").await);
}
