//! Responses of 4 kB, as the provider inside writes and signs them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso::{
    Connection, ConnectionSettings,
    connection::Enforcement,
    saml::{IdpSource, SamlSettings},
};
use tower_sso_test_idp::{
    SamlCipher, SamlSigned, SigningAlg, TestIdp, TestKey, TestServiceProvider, TestUser,
};

pub const BASE: &str = "https://hub.example";
const SIZE: usize = 4096;

/// An engine's name, and how a connection chooses it.
pub type Engine = (&'static str, fn(SamlSettings) -> SamlSettings);

/// Those of this build. The default one is the first.
pub const ENGINES: &[Engine] = &[
    ("ours", |settings| settings),
    #[cfg(feature = "saml-xmlsec")]
    ("xmlsec", |settings| settings.engine(tower_sso::saml::SamlEngine::Xmlsec)),
];

/// A response, and the connections that take it.
pub struct Document {
    /// One for each engine.
    pub connections: Vec<(&'static str, Connection)>,
    /// In base64.
    pub response: String,
    pub xml: String,
    pub idp_entity_id: String,
    pub certificate: String,
    pub signatures: usize,
    /// The key that it was encrypted for.
    pub key: Option<TestKey>,
}

impl Document {
    /// The connection by the default engine.
    pub fn connection(&self) -> &Connection {
        &self.connections[0].1
    }
}

/// The address of a page of the service provider.
pub fn page(page: &str) -> String {
    format!("{BASE}/sso/org-1/saml/{page}")
}

/// One that is as long as it should be, by as many groups as that takes.
pub fn make(signed: SamlSigned, alg: SigningAlg, encrypted: bool) -> Document {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let of = |groups| runtime.block_on(respond(signed, alg, encrypted, groups));
    let (short, longer) = (of(1).xml.len(), of(11).xml.len());
    of(1 + (SIZE.saturating_sub(short)) * 10 / (longer - short))
}

async fn respond(signed: SamlSigned, alg: SigningAlg, encrypted: bool, groups: usize) -> Document {
    let groups: Vec<_> = (0..groups).map(|group| format!("group-{group:04}")).collect();
    let key = encrypted.then(|| TestKey::generate(SigningAlg::Rs256).unwrap());
    let mut app = TestServiceProvider::new(page("metadata")).acs(page("acs")).signed(signed).starts_here();
    if let Some(key) = &key {
        app = app.encrypt(SamlCipher::Aes128Gcm, key.public_key_pem().unwrap());
    }
    let user = TestUser::new("ada").email("ada@acme.example").password("lovelace").claim("groups", groups);
    let idp = TestIdp::builder().key(TestKey::shared(alg).unwrap()).user(user).service_provider(app);
    let idp = idp.build().unwrap().serve("127.0.0.1:0").await.unwrap();
    idp.sign_in_as(Some("ada@acme.example")).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(idp.saml_start_url(&page("metadata"))).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let (_, field) = text.split_once("name=\"SAMLResponse\" value=\"").unwrap();
    let response = field.split_once('"').unwrap().0.to_owned();

    let certificate = idp.certificate_pem().unwrap();
    let mut settings = SamlSettings::new(IdpSource::Fields {
        entity_id: idp.saml_entity_id(),
        sso_url: idp.saml_sso_url(),
        certificates: vec![certificate.clone()],
    })
    .dangerous()
    .accept_unsolicited();
    if let Some(key) = &key {
        settings =
            settings.decryption_key(key.private_key_pem().unwrap(), key.certificate_pem("hub").unwrap());
    }
    let connection = |(name, engine): &Engine| {
        let settings = ConnectionSettings::saml("org-1", Enforcement::Enforced, engine(settings.clone()));
        (*name, settings.build().unwrap())
    };
    Document {
        connections: ENGINES.iter().map(connection).collect(),
        xml: String::from_utf8(STANDARD.decode(&response).unwrap()).unwrap(),
        response,
        idp_entity_id: idp.saml_entity_id(),
        certificate,
        signatures: if signed == SamlSigned::Both { 2 } else { 1 },
        key,
    }
}
