//! Whole exchanges with a provider. Each refusal bends one thing of an exchange that is accepted.

mod accepted;
pub(crate) mod corpus;
mod encrypted;
mod engines;
mod fetched;
mod identifiers;
mod instants;
mod logout;
mod metadata;
mod profile;
#[cfg(feature = "_engines")]
mod real_logout;
mod redirect;
mod requests;
mod settings;
mod signer;
mod subject;
mod text;
mod verdicts;

use std::{sync::LazyLock, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::{Clock, Secret, internal::rfc3339};
use tower_sso_test_idp::{SigningAlg, TestKey};

pub(crate) use self::corpus::corpus;
use self::signer::Signer;
use crate::provider::saml::fuzz::{IDP, addresses};
use crate::provider::saml::{
    choices::{IdpSource, SamlEngine},
    login::{Asked, AuthnAsk, Received, SamlLogin, SpAddresses},
    provider::{SamlProvider, Source},
    settings::SamlSettings,
    signing::SigningKey,
    tests::differential,
    write::Node,
};
use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    provider::{
        oidc::testing::{NOW, TestClock, at},
        outbound::{Limits, Outbound},
    },
};

const SSO: &str = "https://idp.example/sso";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// The provider's key, and another's.
static KEY: LazyLock<(TestKey, Signer)> = LazyLock::new(|| pair(SigningAlg::Rs256));
static OTHER: LazyLock<(TestKey, Signer)> = LazyLock::new(|| pair(SigningAlg::Es256));

fn pair(algorithm: SigningAlg) -> (TestKey, Signer) {
    let key = TestKey::generate(algorithm).expect("a key");
    let signing = Signer::new(&key);
    (key, signing)
}

fn ask(addresses: &SpAddresses) -> AuthnAsk<'_> {
    AuthnAsk { addresses, max_age: None, context_classes: &[], passive: false }
}

fn fields() -> IdpSource {
    IdpSource::Fields {
        entity_id: IDP.to_owned(),
        sso_url: SSO.to_owned(),
        certificates: vec![KEY.0.public_key_pem().expect("PEM")],
    }
}

/// The instant so many seconds from now.
fn instant(from_now: i64) -> String {
    rfc3339(at(NOW.checked_add_signed(from_now).expect("a time")))
}

/// Which elements the provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signs {
    Assertion,
    Response,
    Both,
    Nothing,
}

/// A connection, and a clock that goes by.
struct Flow {
    provider: SamlProvider,
    /// The same by the second engine, in a build that has it.
    second: Option<SamlProvider>,
    out: Outbound,
    time: TestClock,
    clock: Clock,
}

impl Flow {
    fn start() -> Self {
        Self::with(|settings| settings)
    }

    fn with(change: impl FnOnce(SamlSettings) -> SamlSettings) -> Self {
        Self::of(change(SamlSettings::new(fields())))
    }

    fn of(settings: SamlSettings) -> Self {
        let (time, clock) = TestClock::new();
        let second = settings.clone().engine(SamlEngine::Xmlsec).build().ok();
        let provider = settings.build().expect("settings that add up");
        // Fetched metadata is counted by its tests.
        let known = matches!(provider.0.source, Source::Known(_));
        Self {
            second: second.filter(|_| known),
            provider,
            out: Outbound::new(Limits::default()),
            time,
            clock,
        }
    }

    async fn authorize(&self) -> Asked {
        let addresses = addresses();
        let ask = ask(&addresses);
        self.provider.authorize(&self.out, ask, &self.clock).await.expect("a request")
    }

    async fn receive(&self, login: Option<&SamlLogin>, xml: &str) -> Result<Received, LoginError> {
        let field = STANDARD.encode(xml);
        let by = async |provider: &SamlProvider| {
            provider.receive(&self.out, login, &addresses(), &field, &self.clock).await
        };
        let received = by(&self.provider).await;
        if let Some(second) = &self.second {
            let [first, second] = [&received, &by(second).await].map(said);
            differential::compare(xml, &first, &second);
        }
        received
    }

    /// A whole SSO login, bent before it is signed.
    async fn run(&self, signs: Signs, bend: impl FnOnce(&mut Node)) -> Result<Received, LoginError> {
        let login = self.authorize().await.login;
        let mut response = response(Some(&login.request_id));
        bend(&mut response);
        self.receive(Some(&login), &signed(response, signs, &KEY.1)).await
    }

    /// The kind of the refusal.
    async fn kind(&self, signs: Signs, bend: impl FnOnce(&mut Node)) -> Option<LoginErrorKind> {
        self.run(signs, bend).await.err().map(|error| error.kind())
    }
}

/// What is compared of two verdicts.
fn said(received: &Result<Received, LoginError>) -> Result<String, LoginError> {
    match received {
        Ok(received) => Ok(format!("{:?} {:?}", received.identity.0, received.replay.id)),
        Err(error) => Err(error.kind().into()),
    }
}

/// An answer as it is accepted, signed by whoever.
fn response(request: Option<&str>) -> Node {
    let with = |node: Node, name| match request {
        Some(request) => node.with(name, request),
        None => node,
    };
    let data = Node::new("saml:SubjectConfirmationData")
        .with("Recipient", addresses().acs)
        .with("NotOnOrAfter", instant(300));
    let confirmation =
        Node::new("saml:SubjectConfirmation").with("Method", BEARER).child(with(data, "InResponseTo"));
    let subject = Node::new("saml:Subject")
        .child(Node::text("saml:NameID", "ada@acme.example").with("Format", EMAIL_FORMAT))
        .child(confirmation);
    let audience =
        Node::new("saml:AudienceRestriction").child(Node::text("saml:Audience", addresses().metadata));
    let conditions = Node::new("saml:Conditions")
        .with("NotBefore", instant(-30))
        .with("NotOnOrAfter", instant(300))
        .child(audience);
    let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let statement = Node::new("saml:AuthnStatement")
        .with("AuthnInstant", instant(-10))
        .with("SessionIndex", "_s1")
        .with("SessionNotOnOrAfter", instant(3600))
        .child(Node::new("saml:AuthnContext").child(Node::text("saml:AuthnContextClassRef", class)));
    let assertion = Node::new("saml:Assertion")
        .with("ID", "_a1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .child(Node::text("saml:Issuer", IDP))
        .child(subject)
        .child(conditions)
        .child(statement)
        .child(Node::new("saml:AttributeStatement").child(attribute("groups", &["staff", "admins"])));
    let status = Node::new("samlp:Status")
        .child(Node::new("samlp:StatusCode").with("Value", "urn:oasis:names:tc:SAML:2.0:status:Success"));
    let response = Node::new("samlp:Response")
        .with("ID", "_r1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().acs)
        .child(Node::text("saml:Issuer", IDP))
        .child(status)
        .child(assertion);
    with(response, "InResponseTo")
}

fn attribute(name: &str, values: &[&str]) -> Node {
    let values = values.iter().map(|value| Node::text("saml:AttributeValue", *value));
    Node::new("saml:Attribute").with("Name", name).children(values)
}

/// Signs it as the provider does, and writes it down.
fn signed(mut response: Node, signs: Signs, key: &Signer) -> String {
    if matches!(signs, Signs::Assertion | Signs::Both) {
        key.sign_element(response.at(&["saml:Assertion"]), 1);
    }
    if matches!(signs, Signs::Response | Signs::Both) {
        key.sign_element(&mut response, 1);
    }
    response.canonical()
}
