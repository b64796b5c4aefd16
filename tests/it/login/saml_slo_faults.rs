//! Single logout when something does not answer: nothing is said to have ended that may not have.

use std::time::Duration;

use tokio::time::Instant;
use tower::ServiceExt as _;
use tower_sso::{
    audit::Action,
    login::LoginErrorKind::{
        self, ParameterRepeated, RequestInvalid, SamlEncodingInvalid, SamlMetadataFailed, SamlReplayed,
    },
    session::SsoSession,
    store::MemoryStore,
    token::CredentialKind,
};
use tower_sso_test_idp::{Answer, Endpoint, Lie, SamlBinding};

use super::logout_messages::{Message, RESPONDER, SUCCESS, accepts, answers, plan, session_index, sign_out};
use crate::{
    scene::{
        Plan, TestApp, Who,
        fault::{Fault, Verb},
    },
    support::text,
};

const BOUND: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_revocation_that_fails_is_never_answered_with_success() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let scene = TestApp::of(Plan { lookup_timeout: BOUND, ..plan() }).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        let index = session_index(&scene, &ada).await;
        // As many as one request may name: they wait together no longer than one.
        let mut indexes = vec!["another"; 99];
        indexes.push(&index);
        let request = Message::request(&scene, "_one", "ada", &indexes);
        scene.actions();
        scene.switch.set(Some((Verb::SessionRevoke, fault)));
        tokio::time::pause();
        let begun = Instant::now();
        answers(&scene, &request, if fault == Fault::Late { SUCCESS } else { RESPONDER }).await;
        assert!(begun.elapsed() <= BOUND + Duration::from_millis(10), "{fault:?}: {:?}", begun.elapsed());
        tokio::time::resume();
        scene.switch.set(None);
        let told = scene.host.0.logouts.lock().unwrap().len();
        assert_eq!(told, usize::from(fault == Fault::Late), "{fault:?}: the host is told of what ended");
        let failed = scene.actions().iter().filter(|name| **name == "lookup.failed").count();
        assert_eq!(failed > 0, fault != Fault::Late, "{fault:?}");
        // The provider asks again.
        accepts(&scene, &Message { id: "_two".to_owned(), ..request }).await;
        assert!(!scene.is_logged_in(&ada, "1").await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_that_is_another_in_any_one_thing_is_not_ended_for_the_viewer() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let own = scene.proof(&ada).await.session().clone();
    scene.actions();
    let bends: [fn(&mut SsoSession); 4] = [
        |it| it.account = "eve".into(),
        |it| it.organization = "2".into(),
        |it| it.credential.id = "another".into(),
        |it| it.credential.kind = CredentialKind::Token,
    ];
    for bend in bends {
        let mut found = own.clone();
        bend(&mut found);
        scene.switch.finds_session(found);
        let left = scene.location(sign_out(&scene, &ada, &scene.base).await).await;
        assert_eq!(left, scene.url("/bye"), "there is nothing to end");
        assert_eq!(scene.actions(), [""; 0]);
        assert!(scene.host.0.logouts.lock().unwrap().is_empty());
    }
    // The twin: the store answers the viewer's own, as it is.
    scene.switch.finds_session(own);
    sign_out(&scene, &ada, &scene.base).await;
    assert_eq!(scene.actions(), ["session.revoked", "logout.begun"]);
}

#[tokio::test]
async fn what_of_a_request_can_be_ended_is_though_one_of_it_failed() {
    let scene = TestApp::of(plan()).await;
    let [one, two] = [scene.who("ada"), scene.who("ada")];
    let mut indexes = Vec::new();
    for who in [&one, &two] {
        scene.log_in(who, "1").await;
        indexes.push(session_index(&scene, who).await);
    }
    let indexes: Vec<_> = indexes.iter().map(String::as_str).collect();
    // The first of the two meets a store that fails, the second one that does not.
    scene.switch.fails_once(Verb::SessionRevoke);
    answers(&scene, &Message::request(&scene, "_both", "ada", &indexes), RESPONDER).await;
    assert!(scene.is_logged_in(&one, "1").await && !scene.is_logged_in(&two, "1").await);
    let told = std::mem::take(&mut *scene.host.0.logouts.lock().unwrap());
    let ended: Vec<_> = told.iter().flat_map(|it| &it.ended).map(|it| it.credential.clone()).collect();
    assert_eq!(ended, [two.presents()]);
    accepts(&scene, &Message::request(&scene, "_again", "ada", &indexes)).await;
    assert!(!scene.is_logged_in(&one, "1").await);
}

#[tokio::test]
async fn what_may_go_on_and_cannot_be_looked_up_is_never_answered_with_success() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let scene = TestApp::of(Plan { lookup_timeout: BOUND, ..plan() }).await;
        let nobody = Message::request(&scene, "_one", "bob", &["another"]);
        scene.actions();
        scene.switch.set(Some((Verb::SessionList, fault)));
        tokio::time::pause();
        let begun = Instant::now();
        answers(&scene, &nobody, if fault == Fault::Late { SUCCESS } else { RESPONDER }).await;
        assert!(begun.elapsed() <= BOUND + Duration::from_millis(10), "{fault:?}: {:?}", begun.elapsed());
        tokio::time::resume();
        let failed: Vec<_> = scene
            .events
            .lock()
            .unwrap()
            .drain(..)
            .filter(|it| matches!(it.action, Action::LookupFailed { verb: "session.list", .. }))
            .collect();
        assert_eq!(failed.len(), usize::from(fault != Fault::Late), "{fault:?}");
        scene.switch.set(None);
        accepts(&scene, &Message { id: "_two".to_owned(), ..nobody }).await;
    }
}

#[tokio::test]
async fn a_sign_out_that_the_store_does_not_make_is_not_said_to_be_one() {
    for verb in [Verb::SessionFind, Verb::SessionRevoke] {
        let scene = TestApp::of(plan()).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        scene.actions();
        scene.switch.set(Some((verb, Fault::Fails)));
        let response = sign_out(&scene, &ada, &scene.base).await;
        scene.switch.set(None);
        let page = scene.refused(response, LoginErrorKind::LookupFailed).await;
        assert!(!page.contains("has ended here"), "{verb:?}: {page}");
        assert_eq!(scene.actions(), ["login.refused"], "{verb:?}");
        assert!(scene.is_logged_in(&ada, "1").await, "{verb:?}");
        assert_eq!(*scene.host.0.logouts.lock().unwrap(), [], "{verb:?}");
        scene.to_provider(sign_out(&scene, &ada, &scene.base).await).await;
        assert!(!scene.is_logged_in(&ada, "1").await, "{verb:?}");
    }
}

#[tokio::test]
async fn a_sign_out_ends_the_session_here_though_the_provider_cannot_be_asked_and_says_so() {
    // What fails comes after the session has ended: the record of what is asked, and the provider's metadata.
    for down in [false, true] {
        let plan = Plan {
            saml: Some(|settings| settings.metadata_refresh(Duration::from_secs(300))),
            saml_metadata: true,
            saml_logout: Some(SamlBinding::Redirect),
            ..Plan::default()
        };
        let scene = TestApp::of(plan).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        if down {
            scene.acme.lie(Lie::Answer(Endpoint::SamlMetadata, Answer::Status(500)));
            // The last good copy is too old by now.
            scene.hands.seconds(3600);
        } else {
            scene.switch.set(Some((Verb::Put, Fault::Fails)));
        }
        assert!(scene.is_logged_in(&ada, "1").await);
        let response = sign_out(&scene, &ada, &scene.base).await;
        scene.switch.set(None);
        let kind = if down { SamlMetadataFailed } else { LoginErrorKind::LookupFailed };
        let page = scene.refused(response, kind).await;
        assert!(page.contains("Your single sign-on has ended here."), "{page}");
        assert!(
            page.contains("please sign out there as well") && page.contains(&scene.url("/bye")),
            "{page}"
        );
        assert_eq!(scene.last().account, Some("ada".into()));
        assert!(!scene.is_logged_in(&ada, "1").await);
        // Once there is nothing left to end, it is done.
        let again = sign_out(&scene, &ada, &scene.base).await;
        assert_eq!(scene.location(again).await, scene.url("/bye"));
    }
}

#[tokio::test]
async fn a_request_counts_once_whatever_node_it_comes_to() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let request = Message::request(&scene, "_once", "ada", &[]);
    let address = request.address(&scene);
    accepts(&scene, &request).await;
    scene.hands.seconds(1);
    scene.log_in(&ada, "1").await;
    let elsewhere = async |address: &str| {
        let request = scene.request(&Who::nobody(), "GET", address, &[]);
        scene.other_node.clone().oneshot(request).await.unwrap()
    };
    scene.refused(elsewhere(&address).await, SamlReplayed).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    let another = Message { id: "_twice".to_owned(), ..request };
    let answered = elsewhere(&another.address(&scene)).await;
    assert!(scene.location(answered).await.contains("SAMLResponse="));
    assert!(!scene.is_logged_in(&ada, "1").await, "the twin, seen from the first node");
}

#[tokio::test]
async fn without_room_for_the_claim_nobody_is_signed_out() {
    // The assertion of the SSO login has taken the only place.
    let limits = crate::support::limits(|limits| limits.claims = 1);
    let scene = TestApp::of(Plan { store: MemoryStore::new(limits), ..plan() }).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let request = Message::request(&scene, "_one", "ada", &[]);
    let response = scene.visit(&Who::nobody(), &request.address(&scene)).await;
    scene.refused(response, LoginErrorKind::StoreFull).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    // When the assertion is over, there is room again.
    scene.hands.seconds(3600);
    accepts(&scene, &Message::request(&scene, "_two", "ada", &[])).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn what_is_no_logout_message_is_refused_by_either_binding() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    for query in ["", "?SAMLRequest=", "?RelayState=x", "?SAMLRequest=AAAA"] {
        let address = format!("/sso/1/saml/slo{query}");
        scene.refused(scene.visit(&Who::nobody(), &address).await, SamlEncodingInvalid).await;
    }
    let large = format!("SAMLRequest={}", "x".repeat(3 * 1024 * 1024));
    for (form, kind) in [
        ("", SamlEncodingInvalid),
        ("RelayState=x", SamlEncodingInvalid),
        ("SAMLRequest=!", SamlEncodingInvalid),
        ("SAMLRequest=x&SAMLRequest=x", ParameterRepeated),
        (&large, RequestInvalid),
    ] {
        scene.refused(scene.post_from_elsewhere("/sso/1/saml/slo", form).await, kind).await;
    }
    // And a flood of it is slowed, as at every address that anybody can be sent to.
    let mut limited = 0;
    for _ in 0..100 {
        let response = scene.visit(&Who::nobody(), "/sso/1/saml/slo?SAMLRequest=AAAA").await;
        limited += usize::from(response.status() == 429);
        text(response).await;
    }
    assert!(limited > 20, "{limited}");
    let of_these = |event: &tower_sso::audit::AuditEvent| matches!(event.action, Action::LoginRefused { .. });
    assert!(scene.events.lock().unwrap().iter().filter(|it| of_these(it)).count() < 80);
    // The provider's own request gets through.
    accepts(&scene, &Message::request(&scene, "_good", "ada", &[])).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}
