//! Which session a provider's logout request is about does not depend on how the request spells the NameID. Success is
//! never reported while a session that was meant is still active.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso::{
    audit::Action,
    identity::Protocol,
    login::LoginErrorKind::{Revoked, SamlLogoutInvalid},
    session::SsoSession,
    store::{InsertOutcome, SessionStore as _},
};
use tower_sso_test_idp::SamlLie;
use url::form_urlencoded;

use super::logout_messages::{self, EMAIL, Message, RESPONDER, SUCCESS, answers, session_index};
use crate::test_app::{Actor, TestApp, TestConfig, email};

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

fn config() -> TestConfig {
    TestConfig { crowd: 1, ..logout_messages::config() }
}

/// Returns every way to write the NameID of an SSO login whose format was `emailAddress`, without qualifiers.
fn spellings() -> Vec<String> {
    let mut all = vec![String::new(), "Format=\"\"".to_owned()];
    all.extend([EMAIL, UNSPECIFIED, PERSISTENT, "urn:x:other"].map(|format| format!("Format=\"{format}\"")));
    for format in ["", &format!("Format=\"{EMAIL}\" "), &format!("Format=\"{PERSISTENT}\" ")] {
        all.extend([
            format!("{format}NameQualifier=\"https://elsewhere.example\""),
            format!("{format}SPNameQualifier=\"https://elsewhere.example\""),
            format!("{format}NameQualifier=\"a\" SPNameQualifier=\"b\""),
        ]);
    }
    all
}

fn request(app: &TestApp, attributes: &str, user: &str, sessions: &[&str]) -> Message {
    let id = format!("_{}", app.login.number());
    Message::request(app, &id, user, &[]).about(attributes, &email(user), sessions)
}

/// Returns an account's sessions as they are stored.
async fn stored(app: &TestApp, who: &Actor) -> SsoSession {
    SsoSession::clone(app.proof(who).await.session())
}

#[tokio::test]
async fn a_session_ends_no_matter_how_the_request_writes_its_name_id() {
    let app = TestApp::of(config()).await;
    for spelling in spellings() {
        for by_index in [true, false] {
            let what = format!("{spelling:?}, by its index: {by_index}");
            app.clock.seconds(31);
            let [one, two, other] = [app.actor("ada"), app.actor("ada"), app.actor("user-0")];
            for who in [&one, &two, &other] {
                app.log_in(who, "1").await;
            }
            app.log_in(&one, "2").await;
            let index = session_index(&app, &one).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&app, &request(&app, &spelling, "ada", &named), SUCCESS).await;
            assert!(!app.is_logged_in(&one, "1").await, "{what}");
            assert_eq!(app.is_logged_in(&two, "1").await, by_index, "{what}");
            assert!(app.is_logged_in(&other, "1").await, "another's session, {what}");
            assert!(app.is_logged_in(&one, "2").await, "the session at another organization is kept, {what}");
            let told = std::mem::take(&mut *app.host.state.logouts.lock().unwrap());
            assert_eq!(
                told.iter().map(|it| it.ended.len()).sum::<usize>(),
                2 - usize::from(by_index),
                "{what}"
            );
            for who in [&two, &other] {
                app.sso.signed_out(&who.presents()).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_session_of_any_name_id_format_is_ended_by_the_usual_format() {
    // What the provider said at the SSO login. The request says something else.
    let lies = [
        SamlLie::no_attribute("Assertion/Subject/NameID", "Format"),
        SamlLie::attribute("Assertion/Subject/NameID", "Format", "urn:x:other"),
        SamlLie::attribute("Assertion/Subject/NameID", "NameQualifier", "https://elsewhere.example"),
        SamlLie::attribute("Assertion/Subject/NameID", "SPNameQualifier", "https://elsewhere.example"),
    ];
    for lie in lies {
        for by_index in [true, false] {
            let app = TestApp::of(config()).await;
            let ada = app.actor("ada");
            app.acme.lie(lie.clone().into());
            app.log_in(&ada, "1").await;
            app.acme.honest();
            assert_ne!(stored(&app, &ada).await.scope.1.split_once(' ').unwrap().1, EMAIL, "{lie:?}");
            let index = session_index(&app, &ada).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&app, &Message::request(&app, "_one", "ada", &named), SUCCESS).await;
            assert!(!app.is_logged_in(&ada, "1").await, "{lie:?}, with the index: {by_index}");
        }
    }
}

#[tokio::test]
async fn a_transient_name_id_ends_nothing_and_success_is_not_reported() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let index = session_index(&app, &ada).await;
    let transient = format!("Format=\"{TRANSIENT}\"");
    let spelled = |format: &str| format!("Format=\"{format}\"");
    for named in [vec![], vec![index.as_str()], vec!["another", &index]] {
        let request = request(&app, &transient, "ada", &named);
        app.actions();
        answers(&app, &request, RESPONDER).await;
        assert!(app.is_logged_in(&ada, "1").await, "{named:?}");
        // The operator is told the reason, which the provider is not.
        let events: Vec<_> = app.events.lock().unwrap().drain(..).collect();
        let refused = events.iter().find_map(|event| match &event.action {
            Action::LoginRefused { kind, .. } => Some((*kind, event.account.clone())),
            _ => None,
        });
        assert_eq!(refused, Some((SamlLogoutInvalid, Some("ada".into()))), "{named:?}");
    }
    // Neither that person nor that session is here, so no session that was meant is still active.
    answers(&app, &request(&app, &transient, "user-0", &[]), SUCCESS).await;
    answers(&app, &request(&app, &transient, "user-0", &["another"]), SUCCESS).await;
    assert!(app.is_logged_in(&ada, "1").await);
    answers(&app, &request(&app, &spelled(UNSPECIFIED), "ada", &[&index]), SUCCESS).await;
    assert!(!app.is_logged_in(&ada, "1").await, "the accepted counterpart");
    // After the session has ended, a transient name cannot mean any session.
    answers(&app, &request(&app, &transient, "ada", &[&index]), SUCCESS).await;
}

#[tokio::test]
async fn no_success_is_reported_while_the_index_belongs_to_another_name_id() {
    let app = TestApp::of(config()).await;
    let [ada, other] = [app.actor("ada"), app.actor("user-0")];
    for who in [&ada, &other] {
        app.log_in(who, "1").await;
    }
    let [index, others] = [session_index(&app, &ada).await, session_index(&app, &other).await];
    for spelling in ["", &format!("Format=\"{EMAIL}\"")] {
        answers(&app, &request(&app, spelling, "user-0", &[&index]), RESPONDER).await;
        assert!(app.is_logged_in(&ada, "1").await && app.is_logged_in(&other, "1").await);
    }
    // Ending some of the named sessions does not hide that others were not ended.
    answers(&app, &request(&app, "", "user-0", &[&index, &others]), RESPONDER).await;
    assert!(app.is_logged_in(&ada, "1").await && !app.is_logged_in(&other, "1").await);
    // A session that has ended, or that belongs to another organization, is not an active session of that index.
    answers(&app, &request(&app, "", "ada", &[&index]), SUCCESS).await;
    answers(&app, &request(&app, "", "user-0", &[&index]), SUCCESS).await;
    app.clock.seconds(31);
    app.log_in(&ada, "1").await;
    let index = session_index(&app, &ada).await;
    app.clock.seconds(7 * 24 * 60 * 60);
    answers(&app, &request(&app, "", "user-0", &[&index]), SUCCESS).await;
}

#[tokio::test]
async fn no_success_is_reported_while_a_session_without_an_index_is_active() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.acme.lie(SamlLie::no_attribute("AuthnStatement", "SessionIndex").into());
    app.log_in(&ada, "1").await;
    app.acme.honest();
    assert_eq!(stored(&app, &ada).await.idp_session, None);
    answers(&app, &request(&app, "", "ada", &["theirs"]), RESPONDER).await;
    assert!(app.is_logged_in(&ada, "1").await);
    answers(&app, &request(&app, "", "user-0", &["theirs"]), SUCCESS).await;
    answers(&app, &request(&app, "", "ada", &[]), SUCCESS).await;
    assert!(!app.is_logged_in(&ada, "1").await, "the accepted counterpart");
}

/// An SSO login that only has to be finished: the SessionIndex that the provider gave it, and the address to finish at.
async fn nearly(app: &TestApp, who: &Actor) -> (String, String) {
    let answer = app.called_back(who, "1").await;
    let fields = answer.split_once('#').unwrap().1;
    let mut fields = form_urlencoded::parse(fields.as_bytes());
    let (_, response) = fields.find(|(name, _)| name == "SAMLResponse").unwrap();
    let xml = String::from_utf8(STANDARD.decode(response.as_bytes()).unwrap()).unwrap();
    let index = xml.split_once("SessionIndex=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let received = app.visit(who, &answer).await;
    (index, app.location(received).await)
}

#[tokio::test]
async fn a_login_in_progress_ends_no_matter_how_the_logout_writes_its_name_id() {
    for spelling in spellings() {
        for by_index in [true, false] {
            let what = format!("{spelling:?}, by its index: {by_index}");
            let app = TestApp::of(config()).await;
            let [ada, other] = [app.actor("ada"), app.actor("user-0")];
            let (index, finish) = nearly(&app, &ada).await;
            let (_, others) = nearly(&app, &other).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&app, &request(&app, &spelling, "ada", &named), SUCCESS).await;
            app.refused(app.visit(&ada, &finish).await, Revoked).await;
            assert!(!app.is_logged_in(&ada, "1").await, "{what}");
            app.finishes(&other, &others).await;
        }
    }
}

#[tokio::test]
async fn a_session_of_another_provider_or_organization_does_not_prevent_success() {
    type Bend = fn(&mut SsoSession);
    let bends: [(Bend, &str); 5] = [
        (|_| {}, RESPONDER),
        (|it| it.scope.0 = "https://former.example".to_owned(), SUCCESS),
        (|it| it.protocol = Protocol::Oidc, SUCCESS),
        (|it| it.organization = "2".into(), SUCCESS),
        (|it| it.idp_session = Some("another".to_owned()), SUCCESS),
    ];
    for (at, (bend, status)) in bends.into_iter().enumerate() {
        let app = TestApp::of(config()).await;
        let ada = app.actor("ada");
        app.log_in(&ada, "1").await;
        let mut session = stored(&app, &ada).await;
        let index = session.idp_session.clone().unwrap();
        app.sso.signed_out(&ada.presents()).await.unwrap();
        app.clock.seconds(1);
        bend(&mut session);
        session.revision = app.config.store.revision(None).await.unwrap();
        let inserted = app.config.store.insert(Arc::new(session)).await;
        assert_eq!(inserted.unwrap(), InsertOutcome::Stored, "{at}");
        answers(&app, &request(&app, "", "user-0", &[&index]), status).await;
    }
}
