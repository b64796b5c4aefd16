//! The same with SAML: a visitor who alters a request on its way, and gets a response in another format, does not get
//! rid of a link.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use tower_sso::{
    ConnectionSettings, Membership,
    connection::Enforcement,
    login::LoginErrorKind::{SubjectChanged, SubjectOfAnotherAccount},
    saml::{IdpSource, NameIdPolicy, SamlSettings},
};
use tower_sso_test_idp::{Lie, SamlLie};
use url::Url;

use super::logout_messages::carried;
use crate::test_app::{Actor, TestApp, TestConfig};

const PERSISTENT: &str = "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"";
const EMAIL: &str = "Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"";

/// Organization 1 requests a persistent NameID.
fn config() -> TestConfig {
    TestConfig { saml: Some(|settings| settings.name_id(NameIdPolicy::Persistent)), ..TestConfig::default() }
}

/// Returns one of our unsigned requests as a visitor can alter it in the browser.
fn bent(authorize: &str, from: &str, to: &str) -> String {
    let (xml, _) = carried(authorize, "SAMLRequest");
    assert!(xml.contains(from), "{xml}");
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(xml.replace(from, to).as_bytes()).unwrap();
    let request = STANDARD.encode(deflated.finish().unwrap());
    let mut url = Url::parse(authorize).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (name, value) in &pairs {
        query.append_pair(name, if name == "SAMLRequest" { &request } else { value });
    }
    drop(query);
    url.into()
}

/// Continues as far as the ticket with a request for an email address in place of a persistent NameID.
async fn received_by_email(app: &TestApp, who: &Actor) -> String {
    let authorize = bent(&app.begun(who, "1").await, PERSISTENT, EMAIL);
    let callback = app.signed_in(who, "1", &authorize).await;
    let received = app.visit(who, &callback).await;
    app.location(received).await
}

/// Returns what a provider answers to a request for the NameID of an affiliation (SAML core §3.4.1.1).
fn qualified() -> Lie {
    SamlLie::attribute("NameID", "SPNameQualifier", "urn:example:affiliation").into()
}

#[tokio::test]
async fn a_recycled_email_address_does_not_log_in_by_saml_in_any_format() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.actions();
    // At the provider, the address belongs to another user now.
    app.acme.lie(Lie::user_claim("sub", "somebody else"));
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    let finish = received_by_email(&app, &ada).await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    app.acme.lie(qualified());
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    assert_eq!(app.host.state.applied.lock().unwrap().len(), 1, "the host was told about the refused login");
    app.acme.honest();
    app.log_in(&ada, "1").await;
    let actions = app.actions();
    assert!(!actions.iter().any(|name| name.starts_with("link.")), "{actions:?}");
}

#[tokio::test]
async fn a_name_id_of_another_format_or_qualifier_is_another_subject() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let finish = received_by_email(&app, &ada).await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    app.acme.lie(qualified());
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    app.acme.honest();
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn one_user_of_a_provider_cannot_be_linked_to_two_accounts_by_saml() {
    let app = TestApp::of(config()).await;
    let (ada, bob) = (app.actor("ada"), app.actor("bob"));
    app.host.state.memberships.lock().unwrap().insert(("1".into(), "bob".into()), Membership::member());
    app.log_in(&ada, "1").await;
    // Bob's account has ada's address, and bob signs in as ada at the provider.
    let emails = ["bob@acme.example".to_owned(), "ada@acme.example".to_owned()];
    app.host.state.emails.lock().unwrap().insert("bob".into(), emails.to_vec());
    let finish = app.received(&bob.as_user("ada"), "1").await;
    app.refused(app.visit(&bob, &finish).await, SubjectOfAnotherAccount).await;
    // It is also refused after bob has an account link there.
    app.log_in(&bob, "1").await;
    let finish = received_by_email(&app, &bob.as_user("ada")).await;
    app.refused(app.visit(&bob, &finish).await, SubjectChanged).await;
    app.acme.lie(qualified());
    let finish = app.received(&bob.as_user("ada"), "1").await;
    app.refused(app.visit(&bob, &finish).await, SubjectChanged).await;
    app.acme.honest();
    app.log_in(&bob, "1").await;
}

#[tokio::test]
async fn a_changed_name_id_policy_links_again_and_records_it() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let source = IdpSource::Fields {
        entity_id: app.acme.saml_entity_id(),
        sso_url: app.acme.saml_sso_url(),
        certificates: vec![app.acme.certificate_pem().unwrap()],
    };
    let by_email = SamlSettings::new(source).name_id(NameIdPolicy::EmailAddress);
    app.change(ConnectionSettings::saml("1", Enforcement::Enforced, by_email));
    assert!(!app.is_logged_in(&ada, "1").await, "a session of another policy is still accepted");
    app.actions();
    app.log_in(&ada, "1").await;
    assert_eq!(app.actions(), ["login.begun", "login.received", "link.replaced", "login.finished"]);
    // From now on the new link applies.
    let authorize = bent(&app.begun(&ada, "1").await, EMAIL, PERSISTENT);
    let callback = app.signed_in(&ada, "1", &authorize).await;
    let received = app.visit(&ada, &callback).await;
    let finish = app.location(received).await;
    app.refused(app.visit(&ada, &finish).await, SubjectChanged).await;
    app.log_in(&ada, "1").await;
}
