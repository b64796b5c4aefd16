//! Whose session a provider's logout request is about does not depend on how the request spells the NameID out, and
//! success is never said while a session that was meant goes on.

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
use crate::scene::{Plan, TestApp, Who, email};

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

fn plan() -> Plan {
    Plan { crowd: 1, ..logout_messages::plan() }
}

/// Every way to write the NameID of an SSO login whose format was `emailAddress`, without qualifiers.
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

fn request(scene: &TestApp, attributes: &str, user: &str, sessions: &[&str]) -> Message {
    let id = format!("_{}", scene.login.number());
    Message::request(scene, &id, user, &[]).about(attributes, &email(user), sessions)
}

/// The sessions that are in the store, as they were stored.
async fn stored(scene: &TestApp, who: &Who) -> SsoSession {
    SsoSession::clone(scene.proof(who).await.session())
}

#[tokio::test]
async fn a_session_ends_however_the_request_spells_out_its_name_id() {
    let scene = TestApp::of(plan()).await;
    for spelling in spellings() {
        for by_index in [true, false] {
            let what = format!("{spelling:?}, by its index: {by_index}");
            scene.hands.seconds(31);
            let [one, two, other] = [scene.who("ada"), scene.who("ada"), scene.who("user-0")];
            for who in [&one, &two, &other] {
                scene.log_in(who, "1").await;
            }
            scene.log_in(&one, "2").await;
            let index = session_index(&scene, &one).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&scene, &request(&scene, &spelling, "ada", &named), SUCCESS).await;
            assert!(!scene.is_logged_in(&one, "1").await, "{what}");
            assert_eq!(scene.is_logged_in(&two, "1").await, by_index, "{what}");
            assert!(scene.is_logged_in(&other, "1").await, "another's session, {what}");
            assert!(scene.is_logged_in(&one, "2").await, "another organization's, {what}");
            let told = std::mem::take(&mut *scene.host.0.logouts.lock().unwrap());
            assert_eq!(
                told.iter().map(|it| it.ended.len()).sum::<usize>(),
                2 - usize::from(by_index),
                "{what}"
            );
            for who in [&two, &other] {
                scene.sso.signed_out(&who.presents()).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_session_of_a_name_id_in_any_format_ends_by_a_request_that_says_the_usual_one() {
    // What the provider said at the SSO login, and the request says otherwise.
    let lies = [
        SamlLie::no_attribute("Assertion/Subject/NameID", "Format"),
        SamlLie::attribute("Assertion/Subject/NameID", "Format", "urn:x:other"),
        SamlLie::attribute("Assertion/Subject/NameID", "NameQualifier", "https://elsewhere.example"),
        SamlLie::attribute("Assertion/Subject/NameID", "SPNameQualifier", "https://elsewhere.example"),
    ];
    for lie in lies {
        for by_index in [true, false] {
            let scene = TestApp::of(plan()).await;
            let ada = scene.who("ada");
            scene.acme.lie(lie.clone().into());
            scene.log_in(&ada, "1").await;
            scene.acme.honest();
            assert_ne!(stored(&scene, &ada).await.scope.1.split_once(' ').unwrap().1, EMAIL, "{lie:?}");
            let index = session_index(&scene, &ada).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&scene, &Message::request(&scene, "_one", "ada", &named), SUCCESS).await;
            assert!(!scene.is_logged_in(&ada, "1").await, "{lie:?}, by its index: {by_index}");
        }
    }
}

#[tokio::test]
async fn a_transient_name_id_ends_nothing_and_is_not_told_that_it_did() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let index = session_index(&scene, &ada).await;
    let transient = format!("Format=\"{TRANSIENT}\"");
    let spelled = |format: &str| format!("Format=\"{format}\"");
    for named in [vec![], vec![index.as_str()], vec!["another", &index]] {
        let request = request(&scene, &transient, "ada", &named);
        scene.actions();
        answers(&scene, &request, RESPONDER).await;
        assert!(scene.is_logged_in(&ada, "1").await, "{named:?}");
        // The operator is told why the provider was not.
        let events: Vec<_> = scene.events.lock().unwrap().drain(..).collect();
        let refused = events.iter().find_map(|event| match &event.action {
            Action::LoginRefused { kind, .. } => Some((*kind, event.account.clone())),
            _ => None,
        });
        assert_eq!(refused, Some((SamlLogoutInvalid, Some("ada".into()))), "{named:?}");
    }
    // Neither that person nor that session is here: nothing that was meant goes on.
    answers(&scene, &request(&scene, &transient, "user-0", &[]), SUCCESS).await;
    answers(&scene, &request(&scene, &transient, "user-0", &["another"]), SUCCESS).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    answers(&scene, &request(&scene, &spelled(UNSPECIFIED), "ada", &[&index]), SUCCESS).await;
    assert!(!scene.is_logged_in(&ada, "1").await, "the twin");
    // Once it is over, nothing is left that a transient name could mean.
    answers(&scene, &request(&scene, &transient, "ada", &[&index]), SUCCESS).await;
}

#[tokio::test]
async fn success_is_not_said_while_the_session_of_that_index_goes_on_under_another_name() {
    let scene = TestApp::of(plan()).await;
    let [ada, other] = [scene.who("ada"), scene.who("user-0")];
    for who in [&ada, &other] {
        scene.log_in(who, "1").await;
    }
    let [index, others] = [session_index(&scene, &ada).await, session_index(&scene, &other).await];
    for spelling in ["", &format!("Format=\"{EMAIL}\"")] {
        answers(&scene, &request(&scene, spelling, "user-0", &[&index]), RESPONDER).await;
        assert!(scene.is_logged_in(&ada, "1").await && scene.is_logged_in(&other, "1").await);
    }
    // What ended of a request does not hide what did not.
    answers(&scene, &request(&scene, "", "user-0", &[&index, &others]), RESPONDER).await;
    assert!(scene.is_logged_in(&ada, "1").await && !scene.is_logged_in(&other, "1").await);
    // One that is over, or of another organization, is no live session of that index.
    answers(&scene, &request(&scene, "", "ada", &[&index]), SUCCESS).await;
    answers(&scene, &request(&scene, "", "user-0", &[&index]), SUCCESS).await;
    scene.hands.seconds(31);
    scene.log_in(&ada, "1").await;
    let index = session_index(&scene, &ada).await;
    scene.hands.seconds(7 * 24 * 60 * 60);
    answers(&scene, &request(&scene, "", "user-0", &[&index]), SUCCESS).await;
}

#[tokio::test]
async fn success_is_not_said_while_a_session_goes_on_whose_index_the_provider_never_said() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.acme.lie(SamlLie::no_attribute("AuthnStatement", "SessionIndex").into());
    scene.log_in(&ada, "1").await;
    scene.acme.honest();
    assert_eq!(stored(&scene, &ada).await.idp_session, None);
    answers(&scene, &request(&scene, "", "ada", &["theirs"]), RESPONDER).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    answers(&scene, &request(&scene, "", "user-0", &["theirs"]), SUCCESS).await;
    answers(&scene, &request(&scene, "", "ada", &[]), SUCCESS).await;
    assert!(!scene.is_logged_in(&ada, "1").await, "the twin");
}

/// An SSO login that has only to be finished: the SessionIndex that the provider gave it, and where that is done.
async fn nearly(scene: &TestApp, who: &Who) -> (String, String) {
    let answer = scene.called_back(who, "1").await;
    let fields = answer.split_once('#').unwrap().1;
    let mut fields = form_urlencoded::parse(fields.as_bytes());
    let (_, response) = fields.find(|(name, _)| name == "SAMLResponse").unwrap();
    let xml = String::from_utf8(STANDARD.decode(response.as_bytes()).unwrap()).unwrap();
    let index = xml.split_once("SessionIndex=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let received = scene.visit(who, &answer).await;
    (index, scene.location(received).await)
}

#[tokio::test]
async fn a_login_that_is_under_way_ends_with_a_logout_that_spells_its_name_id_otherwise() {
    for spelling in spellings() {
        for by_index in [true, false] {
            let what = format!("{spelling:?}, by its index: {by_index}");
            let scene = TestApp::of(plan()).await;
            let [ada, other] = [scene.who("ada"), scene.who("user-0")];
            let (index, finish) = nearly(&scene, &ada).await;
            let (_, others) = nearly(&scene, &other).await;
            let named = if by_index { vec![index.as_str()] } else { vec![] };
            answers(&scene, &request(&scene, &spelling, "ada", &named), SUCCESS).await;
            scene.refused(scene.visit(&ada, &finish).await, Revoked).await;
            assert!(!scene.is_logged_in(&ada, "1").await, "{what}");
            scene.finishes(&other, &others).await;
        }
    }
}

#[tokio::test]
async fn a_session_of_another_provider_or_organization_does_not_stand_in_the_way_of_success() {
    type Bend = fn(&mut SsoSession);
    let bends: [(Bend, &str); 5] = [
        (|_| {}, RESPONDER),
        (|it| it.scope.0 = "https://former.example".to_owned(), SUCCESS),
        (|it| it.protocol = Protocol::Oidc, SUCCESS),
        (|it| it.organization = "2".into(), SUCCESS),
        (|it| it.idp_session = Some("another".to_owned()), SUCCESS),
    ];
    for (at, (bend, status)) in bends.into_iter().enumerate() {
        let scene = TestApp::of(plan()).await;
        let ada = scene.who("ada");
        scene.log_in(&ada, "1").await;
        let mut session = stored(&scene, &ada).await;
        let index = session.idp_session.clone().unwrap();
        scene.sso.signed_out(&ada.presents()).await.unwrap();
        scene.hands.seconds(1);
        bend(&mut session);
        session.begun_at = scene.hands.now();
        let inserted = scene.plan.store.insert(Arc::new(session)).await;
        assert_eq!(inserted.unwrap(), InsertOutcome::Stored, "{at}");
        answers(&scene, &request(&scene, "", "user-0", &[&index]), status).await;
    }
}
