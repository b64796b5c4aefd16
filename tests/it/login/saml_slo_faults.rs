//! Single logout when a lookup fails: nothing is reported as ended that may still be active.

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

use super::logout_messages::{
    Message, RESPONDER, SUCCESS, accepts, answers, config, session_index, sign_out,
};
use crate::{
    support::text,
    test_app::{
        Actor, TestApp, TestConfig,
        fault::{Fault, Verb},
    },
};

const BOUND: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_failed_revocation_is_never_answered_with_success() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let app = TestApp::of(TestConfig { lookup_timeout: BOUND, ..config() }).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        let index = session_index(&app, &ada).await;
        // As many sessions as one request may name. Together they wait no longer than one would.
        let mut indexes = vec!["another"; 99];
        indexes.push(&index);
        let request = Message::request(&app, "_one", "ada", &indexes);
        app.actions();
        app.faults.set(Some((Verb::SessionRevoke, fault)));
        tokio::time::pause();
        let begun = Instant::now();
        answers(&app, &request, if fault == Fault::Late { SUCCESS } else { RESPONDER }).await;
        assert!(begun.elapsed() <= BOUND + Duration::from_millis(10), "{fault:?}: {:?}", begun.elapsed());
        tokio::time::resume();
        app.faults.set(None);
        let told = app.host.state.logouts.lock().unwrap().len();
        assert_eq!(
            told,
            usize::from(fault == Fault::Late),
            "{fault:?}: the host is told about the sessions that ended"
        );
        let failed = app.actions().iter().filter(|name| **name == "lookup.failed").count();
        assert_eq!(failed > 0, fault != Fault::Late, "{fault:?}");
        // The provider asks again.
        accepts(&app, &Message { id: "_two".to_owned(), ..request }).await;
        assert!(!app.is_logged_in(&ada, "1").await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_logout_ends_no_session_that_differs_from_the_viewers_in_one_field() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let own = app.proof(&ada).await.session().clone();
    app.actions();
    let bends: [fn(&mut SsoSession); 4] = [
        |it| it.account = "eve".into(),
        |it| it.organization = "2".into(),
        |it| it.credential.id = "another".into(),
        |it| it.credential.kind = CredentialKind::Token,
    ];
    for bend in bends {
        let mut found = own.clone();
        bend(&mut found);
        app.faults.finds_session(found);
        let left = app.location(sign_out(&app, &ada, &app.base).await).await;
        assert_eq!(left, app.url("/bye"), "there is nothing to end");
        assert_eq!(app.actions(), [""; 0]);
        assert!(app.host.state.logouts.lock().unwrap().is_empty());
    }
    // The accepted counterpart: the store returns the viewer's own session unchanged.
    app.faults.finds_session(own);
    sign_out(&app, &ada, &app.base).await;
    assert_eq!(app.actions(), ["session.revoked", "logout.begun"]);
}

#[tokio::test]
async fn a_logout_request_ends_what_it_can_even_if_one_revocation_fails() {
    let app = TestApp::of(config()).await;
    let [one, two] = [app.actor("ada"), app.actor("ada")];
    let mut indexes = Vec::new();
    for who in [&one, &two] {
        app.log_in(who, "1").await;
        indexes.push(session_index(&app, who).await);
    }
    let indexes: Vec<_> = indexes.iter().map(String::as_str).collect();
    // The first of the two revocations fails and the second succeeds.
    app.faults.fails_once(Verb::SessionRevoke);
    answers(&app, &Message::request(&app, "_both", "ada", &indexes), RESPONDER).await;
    assert!(app.is_logged_in(&one, "1").await && !app.is_logged_in(&two, "1").await);
    let told = std::mem::take(&mut *app.host.state.logouts.lock().unwrap());
    let ended: Vec<_> = told.iter().flat_map(|it| &it.ended).map(|it| it.credential.clone()).collect();
    assert_eq!(ended, [two.presents()]);
    accepts(&app, &Message::request(&app, "_again", "ada", &indexes)).await;
    assert!(!app.is_logged_in(&one, "1").await);
}

#[tokio::test]
async fn a_failed_lookup_of_remaining_sessions_is_never_answered_with_success() {
    for fault in [Fault::Fails, Fault::FailsLater, Fault::Hangs, Fault::Late] {
        let app = TestApp::of(TestConfig { lookup_timeout: BOUND, ..config() }).await;
        let nobody = Message::request(&app, "_one", "bob", &["another"]);
        app.actions();
        app.faults.set(Some((Verb::SessionList, fault)));
        tokio::time::pause();
        let begun = Instant::now();
        answers(&app, &nobody, if fault == Fault::Late { SUCCESS } else { RESPONDER }).await;
        assert!(begun.elapsed() <= BOUND + Duration::from_millis(10), "{fault:?}: {:?}", begun.elapsed());
        tokio::time::resume();
        let failed: Vec<_> = app
            .events
            .lock()
            .unwrap()
            .drain(..)
            .filter(|it| matches!(it.action, Action::LookupFailed { verb: "session.list", .. }))
            .collect();
        assert_eq!(failed.len(), usize::from(fault != Fault::Late), "{fault:?}");
        app.faults.set(None);
        accepts(&app, &Message { id: "_two".to_owned(), ..nobody }).await;
    }
}

#[tokio::test]
async fn a_logout_that_the_store_refuses_is_not_reported_as_one() {
    for verb in [Verb::SessionFind, Verb::SessionRevoke] {
        let app = TestApp::of(config()).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        app.actions();
        app.faults.set(Some((verb, Fault::Fails)));
        let response = sign_out(&app, &ada, &app.base).await;
        app.faults.set(None);
        let page = app.refused(response, LoginErrorKind::LookupFailed).await;
        assert!(!page.contains("has ended here"), "{verb:?}: {page}");
        assert_eq!(app.actions(), ["login.refused"], "{verb:?}");
        assert!(app.is_logged_in(&ada, "1").await, "{verb:?}");
        assert_eq!(*app.host.state.logouts.lock().unwrap(), [], "{verb:?}");
        app.to_provider(sign_out(&app, &ada, &app.base).await).await;
        assert!(!app.is_logged_in(&ada, "1").await, "{verb:?}");
    }
}

#[tokio::test]
async fn a_logout_ends_the_session_here_even_if_the_provider_is_unreachable() {
    // Both failures happen after the session has ended: storing the record of our request, and fetching the provider's
    // metadata.
    for down in [false, true] {
        let config = TestConfig {
            saml: Some(|settings| settings.metadata_refresh(Duration::from_secs(300))),
            saml_metadata: true,
            saml_logout: Some(SamlBinding::Redirect),
            ..TestConfig::default()
        };
        let app = TestApp::of(config).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        if down {
            app.acme.lie(Lie::Answer(Endpoint::SamlMetadata, Answer::Status(500)));
            // The last good copy is too old now.
            app.clock.seconds(3600);
        } else {
            app.faults.set(Some((Verb::Put, Fault::Fails)));
        }
        assert!(app.is_logged_in(&ada, "1").await);
        let response = sign_out(&app, &ada, &app.base).await;
        app.faults.set(None);
        let kind = if down { SamlMetadataFailed } else { LoginErrorKind::LookupFailed };
        let page = app.refused(response, kind).await;
        assert!(page.contains("Your single sign-on has ended here."), "{page}");
        assert!(page.contains("please sign out there as well") && page.contains(&app.url("/bye")), "{page}");
        assert_eq!(app.last().account, Some("ada".into()));
        assert!(!app.is_logged_in(&ada, "1").await);
        // When nothing is left to end, the logout is complete.
        let again = sign_out(&app, &ada, &app.base).await;
        assert_eq!(app.location(again).await, app.url("/bye"));
    }
}

#[tokio::test]
async fn a_logout_request_counts_once_across_nodes() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let request = Message::request(&app, "_once", "ada", &[]);
    let address = request.address(&app);
    accepts(&app, &request).await;
    app.clock.seconds(1);
    app.log_in(&ada, "1").await;
    let elsewhere = async |address: &str| {
        let request = app.request(&Actor::nobody(), "GET", address, &[]);
        app.other_node.clone().oneshot(request).await.unwrap()
    };
    app.refused(elsewhere(&address).await, SamlReplayed).await;
    assert!(app.is_logged_in(&ada, "1").await);
    let another = Message { id: "_twice".to_owned(), ..request };
    let answered = elsewhere(&another.address(&app)).await;
    assert!(app.location(answered).await.contains("SAMLResponse="));
    assert!(!app.is_logged_in(&ada, "1").await, "the accepted counterpart, seen from the first node");
}

#[tokio::test]
async fn without_room_for_the_replay_claim_a_logout_request_is_refused() {
    // The assertion of the SSO login has taken the only place.
    let limits = crate::support::limits(|limits| limits.claims = 1);
    let app = TestApp::of(TestConfig { store: MemoryStore::new(limits), ..config() }).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let request = Message::request(&app, "_one", "ada", &[]);
    let response = app.visit(&Actor::nobody(), &request.address(&app)).await;
    app.refused(response, LoginErrorKind::StoreFull).await;
    assert!(app.is_logged_in(&ada, "1").await);
    // When the assertion has expired, there is room again.
    app.clock.seconds(3600);
    accepts(&app, &Message::request(&app, "_two", "ada", &[])).await;
    assert!(!app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn a_malformed_logout_message_is_refused_by_either_binding() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    for query in ["", "?SAMLRequest=", "?RelayState=x", "?SAMLRequest=AAAA"] {
        let address = format!("/sso/1/saml/slo{query}");
        app.refused(app.visit(&Actor::nobody(), &address).await, SamlEncodingInvalid).await;
    }
    let large = format!("SAMLRequest={}", "x".repeat(3 * 1024 * 1024));
    for (form, kind) in [
        ("", SamlEncodingInvalid),
        ("RelayState=x", SamlEncodingInvalid),
        ("SAMLRequest=!", SamlEncodingInvalid),
        ("SAMLRequest=x&SAMLRequest=x", ParameterRepeated),
        (&large, RequestInvalid),
    ] {
        app.refused(app.post_from_elsewhere("/sso/1/saml/slo", form).await, kind).await;
    }
    // A flood of such requests is rate-limited, as at every public address.
    let mut limited = 0;
    for _ in 0..100 {
        let response = app.visit(&Actor::nobody(), "/sso/1/saml/slo?SAMLRequest=AAAA").await;
        limited += usize::from(response.status() == 429);
        text(response).await;
    }
    assert!(limited > 20, "{limited}");
    let of_these = |event: &tower_sso::audit::AuditEvent| matches!(event.action, Action::LoginRefused { .. });
    assert!(app.events.lock().unwrap().iter().filter(|it| of_these(it)).count() < 80);
    // The provider's own request is still accepted.
    accepts(&app, &Message::request(&app, "_good", "ada", &[])).await;
    assert!(!app.is_logged_in(&ada, "1").await);
}
