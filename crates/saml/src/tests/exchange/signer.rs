//! The signer of whole exchanges, with the provider's key.
//!
//! In the tests with real engines, xmlsec1 canonicalizes, digests and signs. Therefore the engine that verifies a
//! document there did not sign it. Plain `cargo test` does not have that program, and uses the code that signs our own
//! requests.

use std::ops::Deref;

use super::*;

/// A signing key, and its PEM for xmlsec1.
pub(crate) struct Signer {
    key: SigningKey,
    #[cfg(feature = "_engines")]
    pem: String,
}

impl Signer {
    pub(crate) fn new(key: &TestKey) -> Self {
        let pem = key.private_key_pem().expect("PEM");
        Self {
            key: SigningKey::parse(&pem).expect("a signing key"),
            #[cfg(feature = "_engines")]
            pem: pem.expose().clone(),
        }
    }

    /// Signs the whole element, and inserts the signature at a position of its content.
    pub(crate) fn sign_element(&self, node: &mut Node, at: usize) {
        self.key.sign_element(node, at).expect("a signature");
        #[cfg(feature = "_engines")]
        self.sign_by_xmlsec1(node);
    }

    /// Replaces the two values of our signature by those that xmlsec1 computes, if xmlsec1 accepts the ID.
    #[cfg(feature = "_engines")]
    fn sign_by_xmlsec1(&self, node: &mut Node) {
        use crate::tests::xmlsec1;
        if !xmlsec1::takes(node.attribute("ID").unwrap_or_default()) {
            return;
        }
        const DIGEST: [&str; 4] = ["ds:Signature", "ds:SignedInfo", "ds:Reference", "ds:DigestValue"];
        const VALUE: [&str; 2] = ["ds:Signature", "ds:SignatureValue"];
        node.at(&DIGEST).say("");
        node.at(&VALUE).say("");
        let values = xmlsec1::values(&self.pem, &node.canonical());
        node.at(&DIGEST).say(&values.digest);
        node.at(&VALUE).say(&values.signature);
    }
}

impl Deref for Signer {
    type Target = SigningKey;

    fn deref(&self) -> &SigningKey {
        &self.key
    }
}
