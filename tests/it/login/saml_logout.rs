//! Single logout by SAML: what the provider ends here, and what is ended here and there.

use std::time::{Duration, SystemTime};

use tower_sso::{
    ConnectionSettings,
    audit::Action,
    connection::Enforcement,
    login::LoginErrorKind::{
        CrossOrigin, NoConnection, NotSignedIn, RateLimited, SamlDestinationWrong, SamlExpired,
        SamlInResponseToWrong, SamlIssuerWrong, SamlLogoutInvalid, SamlReplayed, SamlSignatureInvalid,
        SamlSignatureMissing, SamlStatusFailed, StateUnknown, StateUsed,
    },
    saml::{IdpSource, SamlSettings},
};

use super::logout_messages::{
    Message, RESPONDER, SUCCESS, accepts, plan, refuses, sent, session_index, sign_out,
};
use crate::scene::{TestApp, Who};

#[tokio::test]
async fn the_provider_ends_exactly_the_sessions_that_it_names() {
    let scene = TestApp::of(plan()).await;
    let [one, two, three] = [scene.who("ada"), scene.who("ada"), scene.who("ada")];
    for who in [&one, &two, &three] {
        scene.log_in(who, "1").await;
    }
    scene.log_in(&one, "2").await;
    scene.actions();
    accepts(&scene, &Message::request(&scene, "_bob", "bob", &[])).await;
    accepts(&scene, &Message::request(&scene, "_none", "ada", &["another"])).await;
    for who in [&one, &two, &three] {
        assert!(scene.is_logged_in(who, "1").await);
    }
    assert_eq!(scene.actions(), ["session.revoked", "logout.received"].repeat(2));
    accepts(&scene, &Message::request(&scene, "_one", "ada", &[&session_index(&scene, &one).await])).await;
    assert!(!scene.is_logged_in(&one, "1").await && scene.is_logged_in(&two, "1").await);
    assert!(scene.is_logged_in(&one, "2").await, "another organization's stands");
    accepts(&scene, &Message::request(&scene, "_all", "ada", &[])).await;
    assert!(!scene.is_logged_in(&two, "1").await && !scene.is_logged_in(&three, "1").await);
}

#[tokio::test]
async fn a_provider_that_names_sessions_without_end_that_are_not_there_is_slowed() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let mut made_up = Vec::from_iter((0..100).map(|at| format!("made-up-{at}")));
    let many = |id: &str, indexes: &[String]| {
        Message::request(&scene, id, "ada", &Vec::from_iter(indexes.iter().map(String::as_str)))
    };
    // One that is there costs nothing, whatever stands beside it.
    for at in 0..5 {
        made_up[99] = session_index(&scene, &ada).await;
        accepts(&scene, &many(&format!("_there-{at}"), &made_up[99..])).await;
        assert!(!scene.is_logged_in(&ada, "1").await, "{at}");
        scene.hands.seconds(1);
        scene.log_in(&ada, "1").await;
        made_up[99] = "made-up".to_owned();
        accepts(&scene, &many(&format!("_{at}"), &made_up)).await;
        // Nor does one that was used before.
        if at < 4 {
            refuses(&scene, &many(&format!("_{at}"), &made_up), SamlReplayed).await;
        }
    }
    scene.hands.seconds(1);
    let one = Message::request(&scene, "_one", "bob", &[]);
    refuses(&scene, &many("_more", &made_up), RateLimited).await;
    // In time again.
    scene.hands.seconds(120);
    accepts(&scene, &one).await;
    accepts(&scene, &many("_later", &made_up)).await;
}

#[tokio::test]
async fn a_request_counts_once() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let request = Message::request(&scene, "_once", "ada", &[]);
    accepts(&scene, &request).await;
    scene.hands.seconds(1);
    scene.log_in(&ada, "1").await;
    refuses(&scene, &request, SamlReplayed).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    accepts(&scene, &Message { id: "_twice".to_owned(), ..request }).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}

#[tokio::test]
pub async fn a_request_that_is_not_the_providers_or_not_for_us_ends_nothing() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    let good = Message::request(&scene, "_good", "ada", &[]);
    let attacker = Some(scene.acme.attacker_key().unwrap());
    let past = "NotOnOrAfter=\"2020-01-01T00:00:00Z\"".to_owned();
    let many = vec!["a"; 101];
    for (bent, kind) in [
        (Message { key: None, ..good.clone() }, SamlSignatureMissing),
        (Message { key: attacker, ..good.clone() }, SamlSignatureInvalid),
        (Message { issuer: "https://other.example".to_owned(), ..good.clone() }, SamlIssuerWrong),
        (Message { destination: scene.url("/sso/2/saml/slo"), ..good.clone() }, SamlDestinationWrong),
        (Message { attributes: past, ..good.clone() }, SamlExpired),
        (Message::request(&scene, "_good", "ada", &many), SamlLogoutInvalid),
    ] {
        refuses(&scene, &bent, kind).await;
    }
    // An organization by OpenID Connect has no such service.
    let elsewhere = good.address(&scene).replace("/sso/1/", "/sso/2/");
    scene.refused(scene.visit(&Who::nobody(), &elsewhere).await, NoConnection).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    accepts(&scene, &good).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}

/// Logs in with SSO and out again; the ID of what the provider was asked, and the RelayState.
async fn asked(scene: &TestApp, who: &Who) -> (String, String) {
    scene.hands.seconds(1);
    scene.log_in(who, "1").await;
    let index = session_index(scene, who).await;
    let (xml, relay_state) = sent(scene, sign_out(scene, who, &scene.base).await, "SAMLRequest").await;
    assert!(xml.contains("ada@acme.example") && xml.contains(&index), "{xml}");
    let (_, id) = xml.split_once(" ID=\"").unwrap();
    (id.split_once('"').unwrap().0.to_owned(), relay_state)
}

#[tokio::test]
async fn a_logout_ends_the_session_here_before_the_provider_answers_and_leads_back() {
    let scene = TestApp::of(plan()).await;
    let (ada, other) = (scene.who("ada"), scene.who("ada"));
    scene.log_in(&other, "1").await;
    let (id, relay_state) = asked(&scene, &ada).await;
    assert!(!scene.is_logged_in(&ada, "1").await && scene.is_logged_in(&other, "1").await);
    scene.actions();
    let answer = Message::answer(&scene, (&id, &relay_state), SUCCESS);
    let back = scene.visit(&Who::nobody(), &answer.address(&scene)).await;
    assert_eq!(scene.location(back).await, scene.url("/bye"));
    assert_eq!(scene.actions(), ["logout.finished"]);
    refuses(&scene, &answer, StateUsed).await;
    refuses(&scene, &Message::answer(&scene, ("_other", &relay_state), SUCCESS), StateUnknown).await;
    // Without a session there is nothing to ask.
    let again = sign_out(&scene, &ada, &scene.base).await;
    assert_eq!(scene.location(again).await, scene.url("/bye"));
    let (id, relay_state) = asked(&scene, &ada).await;
    refuses(&scene, &Message::answer(&scene, (&id, &relay_state), RESPONDER), SamlStatusFailed).await;
    let (id, _) = asked(&scene, &ada).await;
    refuses(&scene, &Message::answer(&scene, (&id, "another"), SUCCESS), SamlInResponseToWrong).await;
}

#[tokio::test]
async fn only_a_page_of_this_site_signs_out_and_only_who_is_signed_in() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.log_in(&ada, "1").await;
    scene.refused(sign_out(&scene, &ada, "https://other.example").await, CrossOrigin).await;
    scene.refused(sign_out(&scene, &Who::nobody(), &scene.base).await, NotSignedIn).await;
    assert!(scene.is_logged_in(&ada, "1").await);
    sent(&scene, sign_out(&scene, &ada, &scene.base).await, "SAMLRequest").await;
    assert!(!scene.is_logged_in(&ada, "1").await);
}

/// What was said to end, when, and of which organization, since the last time.
fn said_in(scene: &TestApp) -> Vec<(&'static str, SystemTime, String)> {
    let events: Vec<_> = scene.events.lock().unwrap().drain(..).collect();
    let ends = events.into_iter().filter_map(|event| {
        let Action::Expiring { what, at } = event.action else { return None };
        Some((what, at, event.organization?.as_str().to_owned()))
    });
    ends.collect()
}

#[tokio::test]
async fn what_ends_soon_is_said_once_a_day() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    scene.begun(&ada, "1").await;
    assert_eq!(said_in(&scene), [], "its certificate is good for years");
    let soon = humantime::parse_rfc3339("2049-12-20T12:00:00Z").unwrap();
    scene.hands.advance(soon.duration_since(scene.hands.now()).unwrap());
    for _ in 0..3 {
        scene.begun(&ada, "1").await;
    }
    let end = humantime::parse_rfc3339("2049-12-31T23:59:59Z").unwrap();
    let of_the_certificate = ("provider_certificate", end, "1".to_owned());
    assert_eq!(said_in(&scene), std::slice::from_ref(&of_the_certificate));
    scene.hands.advance(Duration::from_secs(24 * 60 * 60));
    scene.begun(&ada, "1").await;
    assert_eq!(said_in(&scene), [of_the_certificate]);
    // The provider's metadata in a file, which ends in 20 days; its certificate, a new one, is good for years.
    let scene = TestApp::of(plan()).await;
    let (_, xml) = scene.carried(&scene.acme.saml_entity_id()).await.unwrap_err();
    let end = humantime::format_rfc3339_seconds(scene.hands.now() + Duration::from_secs(20 * 24 * 60 * 60));
    let ending = xml.replacen(" entityID=", &format!(" validUntil=\"{end}\" entityID="), 1);
    assert_ne!(xml, ending);
    let source = |xml| IdpSource::MetadataXml { xml, entity_id: None, signed_by: None };
    for (xml, ends) in [(xml, false), (ending, true)] {
        scene.change(ConnectionSettings::saml("1", Enforcement::Enforced, SamlSettings::new(source(xml))));
        scene.events.lock().unwrap().clear();
        for _ in 0..2 {
            scene.begun(&ada, "1").await;
        }
        let at = humantime::parse_rfc3339(&end.to_string()).unwrap();
        let expected = ends.then(|| ("provider_metadata", at, "1".to_owned()));
        assert_eq!(said_in(&scene), Vec::from_iter(expected));
    }
}
