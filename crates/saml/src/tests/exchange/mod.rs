//! Tests whole exchanges with a provider.
//!
//! Each refusal changes one thing of an exchange that is accepted. Every engine of the build must give the same
//! verdict.

mod accepted;
pub(crate) mod corpus;
mod encrypted;
mod identifiers;
mod instants;
pub(crate) mod logout;
pub(crate) mod metadata;
mod profile;
mod redirect;
mod requests;
mod setters;
pub(crate) mod signer;
mod subject;
mod text;
mod verdicts;

use std::{sync::LazyLock, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::{Clock, Secret, internal::rfc3339};
use tower_sso_test_idp::{SigningAlg, TestKey};
use tower_sso_testing::clock::{NOW, TestClock, at};

use crate::{
    choices::SamlEngine,
    error::{Error, ErrorKind},
    login::{Asked, AuthnAsk, SamlLogin, SpAddresses},
    metadata::{fields::IdpFields, theirs::IdpMetadata},
    response::validate::{AssertionParts, VerifiedAssertion},
    sample::{
        messages::{BEARER, EMAIL_FORMAT, IDP, addresses, attribute, instant, response},
        metadata::SSO,
    },
    service_provider::ServiceProvider,
    settings::Settings,
    signing::SigningKey,
    tests::{differential, exchange::signer::Signer},
    write::Node,
};

pub(crate) const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// The provider's key. `OTHER` is the key of another party.
pub(crate) static KEY: LazyLock<(TestKey, Signer)> = LazyLock::new(|| pair(SigningAlg::Rs256));
pub(crate) static OTHER: LazyLock<(TestKey, Signer)> = LazyLock::new(|| pair(SigningAlg::Es256));

fn pair(algorithm: SigningAlg) -> (TestKey, Signer) {
    let key = TestKey::generate(algorithm).expect("a key");
    let signing = Signer::new(&key);
    (key, signing)
}

pub(crate) fn ask(addresses: &SpAddresses) -> AuthnAsk<'_> {
    AuthnAsk { addresses, max_age: None, context_classes: &[] }
}

/// Returns the facts about the provider, with these certificates.
fn idp(certificates: &[String], settings: &Settings) -> IdpMetadata {
    let fields =
        IdpFields { entity_id: IDP, sso_url: SSO, slo_url: None, certificates, binding: settings.binding };
    IdpMetadata::of_fields(fields).expect("fields that add up")
}

/// The elements that the provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    Assertion,
    Response,
    Both,
    Nothing,
}

/// A service provider, the facts about its identity provider, and a clock that the test advances.
struct Flow {
    own: ServiceProvider,
    idp: IdpMetadata,
    /// The same service provider with the second engine, in a build that contains it.
    second: Option<ServiceProvider>,
    time: TestClock,
    clock: Clock,
}

impl Flow {
    fn start() -> Self {
        Self::with(|settings| settings)
    }

    fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = change(Settings::default());
        let idp = idp(&[KEY.0.public_key_pem().expect("PEM")], &settings);
        Self::of(settings, idp)
    }

    fn of(settings: Settings, idp: IdpMetadata) -> Self {
        let (time, clock) = TestClock::new();
        let second = ServiceProvider::new(settings.clone().engine(SamlEngine::Xmlsec)).ok();
        Self { own: ServiceProvider::new(settings).expect("settings that add up"), idp, second, time, clock }
    }

    fn authorize(&self) -> Asked {
        self.own.authn_request(&self.idp, ask(&addresses()), self.clock.now()).expect("a request")
    }

    fn receive(&self, login: Option<&SamlLogin>, xml: &str) -> Result<AssertionParts, Error> {
        let field = STANDARD.encode(xml);
        let received = self.receive_field(&self.own, login, &field);
        if let Some(second) = &self.second {
            let [first, second] = [&received, &self.receive_field(second, login, &field)].map(said);
            differential::compare(xml, &first, &second);
        }
        received
    }

    /// Decodes and validates a form field with each engine.
    fn receive_field(
        &self,
        own: &ServiceProvider,
        login: Option<&SamlLogin>,
        field: &str,
    ) -> Result<AssertionParts, Error> {
        let response = own.decode_response(login, field)?;
        let now = self.clock.now();
        own.validate_response(&self.idp, &response, login, &addresses(), now)
            .map(VerifiedAssertion::into_parts)
    }

    /// Runs a whole SSO login. `bend` changes the response before it is signed.
    fn run(&self, signs: Signs, bend: impl FnOnce(&mut Node)) -> Result<AssertionParts, Error> {
        let login = self.authorize().login;
        let mut response = response(Some(&login.request_id));
        bend(&mut response);
        self.receive(Some(&login), &signed(response, signs, &KEY.1))
    }

    /// Returns the kind of the refusal, if the changed response is refused.
    fn kind(&self, signs: Signs, bend: impl FnOnce(&mut Node)) -> Option<ErrorKind> {
        self.run(signs, bend).err().map(|error| error.kind())
    }
}

/// Returns the part of a verdict that is compared.
fn said(received: &Result<AssertionParts, Error>) -> Result<String, Error> {
    match received {
        Ok(received) => Ok(format!("{received:?}")),
        Err(error) => Err(error.kind().into()),
    }
}

/// Signs a response as the provider does, and returns it as XML.
pub(crate) fn signed(mut response: Node, signs: Signs, key: &Signer) -> String {
    if matches!(signs, Signs::Assertion | Signs::Both) {
        key.sign_element(response.at(&["saml:Assertion"]), 1);
    }
    if matches!(signs, Signs::Response | Signs::Both) {
        key.sign_element(&mut response, 1);
    }
    response.canonical()
}
