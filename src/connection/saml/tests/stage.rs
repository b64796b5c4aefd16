//! Makes the responses of the provider in these tests, and signs them. `tower_sso_saml` has the same helpers for its
//! tests.

use std::sync::LazyLock;

use tower_sso_core::internal::rfc3339;
use tower_sso_saml::{
    AuthnAsk, SpAddresses,
    internal::{Node, SigningKey},
};
use tower_sso_test_idp::{SigningAlg, TestKey};
use tower_sso_testing::clock::{NOW, at};

/// The provider's entity ID.
pub(crate) const IDP: &str = "https://idp.example/saml";
pub(crate) const SSO: &str = "https://idp.example/sso";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(crate) const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// The provider's key, and a key that is not the provider's.
pub(crate) static KEY: LazyLock<(TestKey, SigningKey)> = LazyLock::new(|| pair(SigningAlg::Rs256));
pub(crate) static OTHER: LazyLock<(TestKey, SigningKey)> = LazyLock::new(|| pair(SigningAlg::Es256));

fn pair(algorithm: SigningAlg) -> (TestKey, SigningKey) {
    let key = TestKey::generate(algorithm).expect("a key");
    let signing = SigningKey::parse(&key.private_key_pem().expect("PEM")).expect("a signing key");
    (key, signing)
}

/// Returns our addresses.
pub(crate) fn addresses() -> SpAddresses {
    let of = |page: &str| format!("https://hub.example/sso/1/saml/{page}");
    SpAddresses { metadata: of("metadata"), acs: of("acs"), slo: of("slo") }
}

pub(crate) fn ask(addresses: &SpAddresses) -> AuthnAsk<'_> {
    AuthnAsk { addresses, max_age: None, context_classes: &[] }
}

/// Returns the instant that is this many seconds after `NOW`.
pub(crate) fn instant(from_now: i64) -> String {
    rfc3339(at(NOW.checked_add_signed(from_now).expect("a time")))
}

/// Returns a response that is accepted once the provider's key has signed it.
pub(crate) fn response(request: Option<&str>) -> Node {
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

/// Signs the assertion and the response, and returns the response as text.
pub(crate) fn signed(mut response: Node, key: &SigningKey) -> String {
    key.sign_element(response.at(&["saml:Assertion"]), 1).expect("a signature");
    key.sign_element(&mut response, 1).expect("a signature");
    response.canonical()
}
