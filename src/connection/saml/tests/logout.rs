//! Makes logout messages of the provider in these tests.

use tower_sso_saml::internal::{Message, Node, SigningKey, address};

/// Returns the query that carries the message to us by HTTP-Redirect, signed with the key if there is one.
pub(crate) fn query(message: Message, node: &Node, key: Option<&SigningKey>) -> String {
    let sent = address("https://x.example/", (message, &node.canonical()), Some("r s"), key);
    sent.expect("an address").replace("https://x.example/?", "")
}
