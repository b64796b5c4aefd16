//! SAML single logout: what the provider ends here, and what the app ends here and at the provider.

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
    Message, RESPONDER, SUCCESS, accepts, config, refuses, sent, session_index, sign_out,
};
use crate::test_app::{Actor, TestApp};

#[tokio::test]
async fn the_provider_ends_only_the_sessions_that_it_names() {
    let app = TestApp::of(config()).await;
    let [one, two, three] = [app.actor("ada"), app.actor("ada"), app.actor("ada")];
    for who in [&one, &two, &three] {
        app.log_in(who, "1").await;
    }
    app.log_in(&one, "2").await;
    app.actions();
    accepts(&app, &Message::request(&app, "_bob", "bob", &[])).await;
    accepts(&app, &Message::request(&app, "_none", "ada", &["another"])).await;
    for who in [&one, &two, &three] {
        assert!(app.is_logged_in(who, "1").await);
    }
    assert_eq!(app.actions(), ["session.revoked", "logout.received"].repeat(2));
    accepts(&app, &Message::request(&app, "_one", "ada", &[&session_index(&app, &one).await])).await;
    assert!(!app.is_logged_in(&one, "1").await && app.is_logged_in(&two, "1").await);
    assert!(app.is_logged_in(&one, "2").await, "the session at another organization is kept");
    accepts(&app, &Message::request(&app, "_all", "ada", &[])).await;
    assert!(!app.is_logged_in(&two, "1").await && !app.is_logged_in(&three, "1").await);
}

#[tokio::test]
async fn a_provider_that_keeps_naming_unknown_sessions_is_rate_limited() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let mut made_up = Vec::from_iter((0..100).map(|at| format!("made-up-{at}")));
    let many = |id: &str, indexes: &[String]| {
        Message::request(&app, id, "ada", &Vec::from_iter(indexes.iter().map(String::as_str)))
    };
    // A session that exists costs nothing, whatever is named next to it.
    for at in 0..5 {
        made_up[99] = session_index(&app, &ada).await;
        accepts(&app, &many(&format!("_there-{at}"), &made_up[99..])).await;
        assert!(!app.is_logged_in(&ada, "1").await, "{at}");
        app.clock.seconds(1);
        app.log_in(&ada, "1").await;
        made_up[99] = "made-up".to_owned();
        accepts(&app, &many(&format!("_{at}"), &made_up)).await;
        // A repeated request costs nothing either.
        if at < 4 {
            refuses(&app, &many(&format!("_{at}"), &made_up), SamlReplayed).await;
        }
    }
    app.clock.seconds(1);
    let one = Message::request(&app, "_one", "bob", &[]);
    refuses(&app, &many("_more", &made_up), RateLimited).await;
    // Later it is allowed again.
    app.clock.seconds(120);
    accepts(&app, &one).await;
    accepts(&app, &many("_later", &made_up)).await;
}

#[tokio::test]
async fn a_logout_request_counts_once() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let request = Message::request(&app, "_once", "ada", &[]);
    accepts(&app, &request).await;
    app.clock.seconds(1);
    app.log_in(&ada, "1").await;
    refuses(&app, &request, SamlReplayed).await;
    assert!(app.is_logged_in(&ada, "1").await);
    accepts(&app, &Message { id: "_twice".to_owned(), ..request }).await;
    assert!(!app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
pub async fn a_logout_request_that_is_forged_or_not_for_us_ends_nothing() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let good = Message::request(&app, "_good", "ada", &[]);
    let attacker = Some(app.acme.attacker_key().unwrap());
    let past = "NotOnOrAfter=\"2020-01-01T00:00:00Z\"".to_owned();
    let many = vec!["a"; 101];
    for (bent, kind) in [
        (Message { key: None, ..good.clone() }, SamlSignatureMissing),
        (Message { key: attacker, ..good.clone() }, SamlSignatureInvalid),
        (Message { issuer: "https://other.example".to_owned(), ..good.clone() }, SamlIssuerWrong),
        (Message { destination: app.url("/sso/2/saml/slo"), ..good.clone() }, SamlDestinationWrong),
        (Message { attributes: past, ..good.clone() }, SamlExpired),
        (Message::request(&app, "_good", "ada", &many), SamlLogoutInvalid),
    ] {
        refuses(&app, &bent, kind).await;
    }
    // An organization with OpenID Connect has no SLO service.
    let elsewhere = good.address(&app).replace("/sso/1/", "/sso/2/");
    app.refused(app.visit(&Actor::nobody(), &elsewhere).await, NoConnection).await;
    assert!(app.is_logged_in(&ada, "1").await);
    accepts(&app, &good).await;
    assert!(!app.is_logged_in(&ada, "1").await);
}

/// Logs in with SSO and out again, and returns the ID of our request to the provider and the RelayState.
async fn asked(app: &TestApp, who: &Actor) -> (String, String) {
    app.clock.seconds(1);
    app.log_in(who, "1").await;
    let index = session_index(app, who).await;
    let (xml, relay_state) = sent(app, sign_out(app, who, &app.base).await, "SAMLRequest").await;
    assert!(xml.contains("ada@acme.example") && xml.contains(&index), "{xml}");
    let (_, id) = xml.split_once(" ID=\"").unwrap();
    (id.split_once('"').unwrap().0.to_owned(), relay_state)
}

#[tokio::test]
async fn a_logout_ends_the_session_before_the_provider_answers_and_returns() {
    let app = TestApp::of(config()).await;
    let (ada, other) = (app.actor("ada"), app.actor("ada"));
    app.log_in(&other, "1").await;
    let (id, relay_state) = asked(&app, &ada).await;
    assert!(!app.is_logged_in(&ada, "1").await && app.is_logged_in(&other, "1").await);
    app.actions();
    let answer = Message::answer(&app, (&id, &relay_state), SUCCESS);
    let back = app.visit(&Actor::nobody(), &answer.address(&app)).await;
    assert_eq!(app.location(back).await, app.url("/bye"));
    assert_eq!(app.actions(), ["logout.finished"]);
    refuses(&app, &answer, StateUsed).await;
    refuses(&app, &Message::answer(&app, ("_other", &relay_state), SUCCESS), StateUnknown).await;
    // Without a session there is nothing to ask the provider.
    let again = sign_out(&app, &ada, &app.base).await;
    assert_eq!(app.location(again).await, app.url("/bye"));
    let (id, relay_state) = asked(&app, &ada).await;
    refuses(&app, &Message::answer(&app, (&id, &relay_state), RESPONDER), SamlStatusFailed).await;
    let (id, _) = asked(&app, &ada).await;
    refuses(&app, &Message::answer(&app, (&id, "another"), SUCCESS), SamlInResponseToWrong).await;
}

#[tokio::test]
async fn only_a_signed_in_viewer_on_a_page_of_this_site_can_log_out() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.refused(sign_out(&app, &ada, "https://other.example").await, CrossOrigin).await;
    app.refused(sign_out(&app, &Actor::nobody(), &app.base).await, NotSignedIn).await;
    assert!(app.is_logged_in(&ada, "1").await);
    sent(&app, sign_out(&app, &ada, &app.base).await, "SAMLRequest").await;
    assert!(!app.is_logged_in(&ada, "1").await);
}

/// Returns what was announced to expire, when, and for which organization, since the last call.
fn said_in(app: &TestApp) -> Vec<(&'static str, SystemTime, String)> {
    let events: Vec<_> = app.events.lock().unwrap().drain(..).collect();
    let ends = events.into_iter().filter_map(|event| {
        let Action::Expiring { what, at } = event.action else { return None };
        Some((what, at, event.organization?.as_str().to_owned()))
    });
    ends.collect()
}

#[tokio::test]
async fn an_upcoming_expiry_is_recorded_once_a_day() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.begun(&ada, "1").await;
    assert_eq!(said_in(&app), [], "the certificate is valid for years");
    let soon = humantime::parse_rfc3339("2049-12-20T12:00:00Z").unwrap();
    app.clock.advance(soon.duration_since(app.clock.now()).unwrap());
    for _ in 0..3 {
        app.begun(&ada, "1").await;
    }
    let end = humantime::parse_rfc3339("2049-12-31T23:59:59Z").unwrap();
    let of_the_certificate = ("provider_certificate", end, "1".to_owned());
    assert_eq!(said_in(&app), std::slice::from_ref(&of_the_certificate));
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    app.begun(&ada, "1").await;
    assert_eq!(said_in(&app), [of_the_certificate]);
    // The provider's metadata is in a file and expires in 20 days. Its new certificate is valid for years.
    let app = TestApp::of(config()).await;
    let (_, xml) = app.carried(&app.acme.saml_entity_id()).await.unwrap_err();
    let end = humantime::format_rfc3339_seconds(app.clock.now() + Duration::from_secs(20 * 24 * 60 * 60));
    let ending = xml.replacen(" entityID=", &format!(" validUntil=\"{end}\" entityID="), 1);
    assert_ne!(xml, ending);
    let source = |xml| IdpSource::MetadataXml { xml, entity_id: None, signed_by: None };
    for (xml, ends) in [(xml, false), (ending, true)] {
        app.change(ConnectionSettings::saml("1", Enforcement::Enforced, SamlSettings::new(source(xml))));
        app.events.lock().unwrap().clear();
        for _ in 0..2 {
            app.begun(&ada, "1").await;
        }
        let at = humantime::parse_rfc3339(&end.to_string()).unwrap();
        let expected = ends.then(|| ("provider_metadata", at, "1".to_owned()));
        assert_eq!(said_in(&app), Vec::from_iter(expected));
    }
}
