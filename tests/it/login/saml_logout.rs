//! Single logout by SAML: what the provider ends here, and what is ended here and there.

use std::{
    io::{Read as _, Write as _},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use tower_sso::{
    Action, LoginErrorKind,
    LoginErrorKind::{
        CrossOrigin, NoConnection, NotSignedIn, SamlDestinationWrong, SamlExpired, SamlInResponseToWrong,
        SamlIssuerWrong, SamlLogoutInvalid, SamlReplayed, SamlSignatureInvalid, SamlSignatureMissing,
        SamlStatusFailed, StateUnknown, StateUsed,
    },
    test_idp::{SigningAlg, TestKey},
};
use url::{Url, form_urlencoded};

use crate::scene::{Plan, Scene, Who};

const SLO: &str = "https://idp.example/slo";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";

fn plan() -> Plan {
    Plan { saml: Some(|settings| settings.slo_url(SLO)), ..Plan::default() }
}

/// A message of the provider's, of which a test changes one thing.
#[derive(Clone)]
struct Message {
    name: &'static str,
    id: &'static str,
    issuer: String,
    destination: String,
    attributes: String,
    inside: String,
    key: Option<TestKey>,
    relay_state: String,
}

impl Message {
    fn of(scene: &Scene, name: &'static str, id: &'static str) -> Self {
        Self {
            name,
            id,
            issuer: scene.acme.saml_entity_id(),
            destination: scene.url("/sso/1/saml/slo"),
            attributes: String::new(),
            inside: String::new(),
            key: Some(TestKey::shared(SigningAlg::Es256).unwrap()),
            relay_state: "the providers own".to_owned(),
        }
    }

    /// A request that ends a user's sessions, or those of these indexes.
    fn request(scene: &Scene, id: &'static str, user: &str, sessions: &[&str]) -> Self {
        let sessions: String =
            sessions.iter().map(|it| format!("<samlp:SessionIndex>{it}</samlp:SessionIndex>")).collect();
        let inside = format!("<saml:NameID Format=\"{EMAIL}\">{user}@acme.example</saml:NameID>{sessions}");
        Self { inside, ..Self::of(scene, "LogoutRequest", id) }
    }

    /// An answer to a request of ours.
    fn answer(scene: &Scene, (request, relay_state): (&str, &str), status: &str) -> Self {
        Self {
            attributes: format!("InResponseTo=\"{request}\""),
            inside: format!("<samlp:Status><samlp:StatusCode Value=\"{status}\"/></samlp:Status>"),
            relay_state: relay_state.to_owned(),
            ..Self::of(scene, "LogoutResponse", "_answer")
        }
    }

    /// Where the browser brings it, by the Redirect binding (SAML bindings §3.4.4.1).
    fn address(&self, scene: &Scene) -> String {
        let Self { name, id, issuer, destination, attributes, inside, .. } = self;
        let now = humantime::format_rfc3339_seconds(scene.hands.now());
        let xml = format!(
            "<samlp:{name} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"{now}\" Destination=\"{destination}\" {attributes}>\
             <saml:Issuer>{issuer}</saml:Issuer>{inside}</samlp:{name}>"
        );
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(xml.as_bytes()).unwrap();
        let parameter = if *name == "LogoutRequest" { "SAMLRequest" } else { "SAMLResponse" };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(parameter, &STANDARD.encode(deflated.finish().unwrap()));
        query.append_pair("RelayState", &self.relay_state);
        let Some(key) = &self.key else { return format!("/sso/1/saml/slo?{}", query.finish()) };
        let query = query.append_pair("SigAlg", ECDSA).finish();
        let pem = key.private_key_pem().unwrap();
        let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).unwrap();
        let signature = sign(query.as_bytes(), &key, Algorithm::ES256).unwrap();
        let signature = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = form_urlencoded::Serializer::new(String::new())
            .append_pair("Signature", &STANDARD.encode(signature))
            .finish();
        format!("/sso/1/saml/slo?{query}&{signature}")
    }
}

async fn refuses(scene: &Scene, message: &Message, kind: LoginErrorKind) {
    scene.refused(scene.visit(&Who::nobody(), &message.address(scene)).await, kind).await;
}

/// What we send the provider: the message, and the RelayState beside it.
async fn sent(scene: &Scene, response: axum::response::Response, parameter: &str) -> (String, String) {
    let location = scene.location(response).await;
    assert!(location.starts_with(&format!("{SLO}?")), "{location}");
    let url = Url::parse(&location).unwrap();
    let value =
        |name: &str| url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
    let mut xml = String::new();
    let deflated = STANDARD.decode(value(parameter).unwrap()).unwrap();
    DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut xml).unwrap();
    (xml, value("RelayState").unwrap())
}

async fn accepts(scene: &Scene, message: &Message) {
    let response = scene.visit(&Who::nobody(), &message.address(scene)).await;
    let (xml, relay_state) = sent(scene, response, "SAMLResponse").await;
    assert!(xml.contains(SUCCESS) && xml.contains(&format!("InResponseTo=\"{}\"", message.id)), "{xml}");
    assert_eq!(relay_state, "the providers own");
}

async fn session_index(scene: &Scene, who: &Who) -> String {
    scene.proof(who).await.session().idp_session.clone().unwrap()
}

#[tokio::test]
async fn the_provider_ends_exactly_the_sessions_that_it_names() {
    let scene = Scene::of(plan()).await;
    let [one, two, three] = [scene.who("ada"), scene.who("ada"), scene.who("ada")];
    for who in [&one, &two, &three] {
        scene.sign_on(who, "1").await;
    }
    scene.sign_on(&one, "2").await;
    scene.actions();
    accepts(&scene, &Message::request(&scene, "_bob", "bob", &[])).await;
    accepts(&scene, &Message::request(&scene, "_none", "ada", &["another"])).await;
    for who in [&one, &two, &three] {
        assert!(scene.is_signed_on(who, "1").await);
    }
    assert_eq!(scene.actions(), ["session.revoked", "logout.received"].repeat(2));
    accepts(&scene, &Message::request(&scene, "_one", "ada", &[&session_index(&scene, &one).await])).await;
    assert!(!scene.is_signed_on(&one, "1").await && scene.is_signed_on(&two, "1").await);
    assert!(scene.is_signed_on(&one, "2").await, "another organization's stands");
    accepts(&scene, &Message::request(&scene, "_all", "ada", &[])).await;
    assert!(!scene.is_signed_on(&two, "1").await && !scene.is_signed_on(&three, "1").await);
}

#[tokio::test]
async fn a_request_counts_once() {
    let scene = Scene::of(plan()).await;
    let ada = scene.who("ada");
    scene.sign_on(&ada, "1").await;
    let request = Message::request(&scene, "_once", "ada", &[]);
    accepts(&scene, &request).await;
    scene.hands.seconds(1);
    scene.sign_on(&ada, "1").await;
    refuses(&scene, &request, SamlReplayed).await;
    assert!(scene.is_signed_on(&ada, "1").await);
    accepts(&scene, &Message { id: "_twice", ..request }).await;
    assert!(!scene.is_signed_on(&ada, "1").await);
}

#[tokio::test]
async fn a_request_that_is_not_the_providers_or_not_for_us_ends_nothing() {
    let scene = Scene::of(plan()).await;
    let ada = scene.who("ada");
    scene.sign_on(&ada, "1").await;
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
    assert!(scene.is_signed_on(&ada, "1").await);
    accepts(&scene, &good).await;
    assert!(!scene.is_signed_on(&ada, "1").await);
}

async fn sign_out(scene: &Scene, who: &Who, origin: &str) -> axum::response::Response {
    scene.post(who, "/sso/1/saml/logout", &[("origin", origin)], "return_to=%2Fbye").await
}

/// Signs on and out again; the ID of what the provider was asked, and the RelayState.
async fn asked(scene: &Scene, who: &Who) -> (String, String) {
    scene.hands.seconds(1);
    scene.sign_on(who, "1").await;
    let index = session_index(scene, who).await;
    let (xml, relay_state) = sent(scene, sign_out(scene, who, &scene.base).await, "SAMLRequest").await;
    assert!(xml.contains("ada@acme.example") && xml.contains(&index), "{xml}");
    let (_, id) = xml.split_once(" ID=\"").unwrap();
    (id.split_once('"').unwrap().0.to_owned(), relay_state)
}

#[tokio::test]
async fn a_logout_ends_the_session_here_before_the_provider_answers_and_leads_back() {
    let scene = Scene::of(plan()).await;
    let (ada, other) = (scene.who("ada"), scene.who("ada"));
    scene.sign_on(&other, "1").await;
    let (id, relay_state) = asked(&scene, &ada).await;
    assert!(!scene.is_signed_on(&ada, "1").await && scene.is_signed_on(&other, "1").await);
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
    let scene = Scene::of(plan()).await;
    let ada = scene.who("ada");
    scene.sign_on(&ada, "1").await;
    scene.refused(sign_out(&scene, &ada, "https://other.example").await, CrossOrigin).await;
    scene.refused(sign_out(&scene, &Who::nobody(), &scene.base).await, NotSignedIn).await;
    assert!(scene.is_signed_on(&ada, "1").await);
    sent(&scene, sign_out(&scene, &ada, &scene.base).await, "SAMLRequest").await;
    assert!(!scene.is_signed_on(&ada, "1").await);
}

#[tokio::test]
async fn what_ends_soon_is_said_once_a_day() {
    let scene = Scene::of(plan()).await;
    let ada = scene.who("ada");
    let said = || {
        let events: Vec<_> = scene.events.lock().unwrap().drain(..).collect();
        events.iter().filter(|event| matches!(event.action, Action::Expiring { .. })).count()
    };
    scene.begun(&ada, "1").await;
    assert_eq!(said(), 0, "its certificate is good for years");
    let end = humantime::parse_rfc3339("2049-12-20T12:00:00Z").unwrap();
    scene.hands.advance(end.duration_since(scene.hands.now()).unwrap());
    for _ in 0..3 {
        scene.begun(&ada, "1").await;
    }
    assert_eq!(said(), 1);
    scene.hands.advance(Duration::from_secs(24 * 60 * 60));
    scene.begun(&ada, "1").await;
    assert_eq!(said(), 1);
}
