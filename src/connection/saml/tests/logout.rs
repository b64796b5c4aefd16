//! Makes logout messages of the provider in these tests.

use tower_sso_saml::internal::{Message, Node, SigningKey, address};

use crate::connection::saml::tests::stage::{EMAIL_FORMAT, IDP, addresses, instant};

pub(crate) fn request() -> Node {
    Node::new("samlp:LogoutRequest")
        .with("ID", "_l1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().slo)
        .child(Node::text("saml:Issuer", IDP))
        .child(Node::text("saml:NameID", "ada@acme.example").with("Format", EMAIL_FORMAT))
}

/// Returns the query that carries the message to us by HTTP-Redirect, signed with the key if there is one.
pub(crate) fn query(message: Message, node: &Node, key: Option<&SigningKey>) -> String {
    let sent = address("https://x.example/", (message, &node.canonical()), Some("r s"), key);
    sent.expect("an address").replace("https://x.example/?", "")
}
