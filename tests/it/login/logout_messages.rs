//! Logout messages that are built here as the provider would send them, of which a test changes one part, and the
//! messages that we send to the provider.

use std::io::{Read as _, Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use tower_sso::login::LoginErrorKind;
use tower_sso_test_idp::{SigningAlg, TestKey};
use url::{Url, form_urlencoded};

use crate::test_app::{Actor, TestApp, TestConfig};

pub const SLO: &str = "https://idp.example/slo";
pub const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
pub const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";

pub fn config() -> TestConfig {
    TestConfig { saml: Some(|settings| settings.slo_url(SLO)), ..TestConfig::default() }
}

/// A message from the provider, of which a test changes one part.
#[derive(Clone)]
pub struct Message {
    pub name: &'static str,
    pub id: String,
    pub issuer: String,
    pub destination: String,
    pub attributes: String,
    pub inside: String,
    pub key: Option<TestKey>,
    pub relay_state: String,
}

impl Message {
    fn of(app: &TestApp, name: &'static str, id: &str) -> Self {
        Self {
            name,
            id: id.to_owned(),
            issuer: app.acme.saml_entity_id(),
            destination: app.url("/sso/1/saml/slo"),
            attributes: String::new(),
            inside: String::new(),
            key: Some(TestKey::shared(SigningAlg::Es256).unwrap()),
            relay_state: "the providers own".to_owned(),
        }
    }

    /// Returns a request that ends all sessions of a user, or only those with these indexes.
    pub fn request(app: &TestApp, id: &str, user: &str, sessions: &[&str]) -> Self {
        let format = format!("Format=\"{EMAIL}\"");
        Self::of(app, "LogoutRequest", id).about(&format, &format!("{user}@acme.example"), sessions)
    }

    /// Returns the same request about a NameID with these attributes and this value, and about these of its sessions.
    pub fn about(self, attributes: &str, value: &str, sessions: &[&str]) -> Self {
        let sessions: String =
            sessions.iter().map(|it| format!("<samlp:SessionIndex>{it}</samlp:SessionIndex>")).collect();
        let inside = format!("<saml:NameID {attributes}>{value}</saml:NameID>{sessions}");
        Self { inside, ..self }
    }

    /// Returns a response to one of our requests.
    pub fn answer(app: &TestApp, (request, relay_state): (&str, &str), status: &str) -> Self {
        Self {
            attributes: format!("InResponseTo=\"{request}\""),
            inside: format!("<samlp:Status><samlp:StatusCode Value=\"{status}\"/></samlp:Status>"),
            relay_state: relay_state.to_owned(),
            ..Self::of(app, "LogoutResponse", "_answer")
        }
    }

    /// Returns the address to which the browser brings it with the Redirect binding (SAML bindings §3.4.4.1).
    pub fn address(&self, app: &TestApp) -> String {
        let Self { name, id, issuer, destination, attributes, inside, .. } = self;
        let now = humantime::format_rfc3339_seconds(app.clock.now());
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

pub async fn refuses(app: &TestApp, message: &Message, kind: LoginErrorKind) {
    app.refused(app.visit(&Actor::nobody(), &message.address(app)).await, kind).await;
}

/// Returns what we send to the provider: the message and its RelayState.
pub async fn sent(app: &TestApp, response: axum::response::Response, parameter: &str) -> (String, String) {
    let location = app.to_provider(response).await;
    assert!(location.starts_with(&format!("{SLO}?")), "{location}");
    carried(&location, parameter)
}

/// Returns a message and its RelayState from an address.
pub fn carried(location: &str, parameter: &str) -> (String, String) {
    let url = Url::parse(location).unwrap();
    let value =
        |name: &str| url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned());
    let mut xml = String::new();
    let deflated = STANDARD.decode(value(parameter).unwrap()).unwrap();
    DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut xml).unwrap();
    (xml, value("RelayState").unwrap())
}

pub async fn accepts(app: &TestApp, message: &Message) {
    answers(app, message, SUCCESS).await;
}

/// Asserts that the provider gets a response with this status.
pub async fn answers(app: &TestApp, message: &Message, status: &str) {
    let response = app.visit(&Actor::nobody(), &message.address(app)).await;
    assert_eq!(response.status(), 303, "a request by redirect is answered by redirect");
    let (xml, relay_state) = sent(app, response, "SAMLResponse").await;
    let first = xml.split("StatusCode Value=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert_eq!(first, Some(status), "{xml}");
    assert!(xml.contains(&format!("InResponseTo=\"{}\"", message.id)), "{xml}");
    assert_eq!(relay_state, "the providers own");
}

pub async fn session_index(app: &TestApp, who: &Actor) -> String {
    app.proof(who).await.session().idp_session.clone().unwrap()
}

/// Posts our logout from a page of this origin.
pub async fn sign_out(app: &TestApp, who: &Actor, origin: &str) -> axum::response::Response {
    app.post(who, "/sso/1/saml/logout", &[("origin", origin)], "return_to=%2Fbye").await
}
