//! Makes the provider's messages, unsigned. Each is accepted after the provider's key signed it.

use std::time::{Duration, SystemTime};

use tower_sso_core::internal::{later, rfc3339};

use crate::{login::SpAddresses, write::Node};

/// The time of every message, in seconds since 1970. It is in 2026.
pub const NOW: u64 = 1_780_000_000;
/// The provider's entity ID.
pub const IDP: &str = "https://idp.example/saml";
/// The NameID format for email addresses (SAML core §8.3.2).
pub const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// The bearer method of a confirmation (SAML profiles §3.3).
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Returns our addresses.
pub fn addresses() -> SpAddresses {
    let of = |page: &str| format!("https://hub.example/sso/1/saml/{page}");
    SpAddresses { metadata: of("metadata"), acs: of("acs"), slo: of("slo") }
}

/// Returns the instant that is this many seconds after [`NOW`].
pub fn instant(from_now: i64) -> String {
    let seconds = NOW.saturating_add_signed(from_now);
    rfc3339(later(SystemTime::UNIX_EPOCH, Duration::from_secs(seconds)))
}

/// Returns a response to the request with this ID, or an unsolicited response.
pub fn response(request: Option<&str>) -> Node {
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

/// Returns an attribute with these values.
pub fn attribute(name: &str, values: &[&str]) -> Node {
    let values = values.iter().map(|value| Node::text("saml:AttributeValue", *value));
    Node::new("saml:Attribute").with("Name", name).children(values)
}

/// Returns a request of the provider to end every session of the user.
pub fn logout_request() -> Node {
    Node::new("samlp:LogoutRequest")
        .with("ID", "_l1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().slo)
        .child(Node::text("saml:Issuer", IDP))
        .child(Node::text("saml:NameID", "ada@acme.example").with("Format", EMAIL_FORMAT))
}
