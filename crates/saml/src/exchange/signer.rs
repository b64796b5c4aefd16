//! The signer of whole exchanges: the provider's key.
//!
//! Where the tests with real engines run, xmlsec1 canonicalizes, digests and signs: what is accepted there was not signed
//! by the engine that verifies it. Plain `cargo test` has no such program and signs by what signs our own requests.

use std::ops::Deref;

use super::*;

/// A signing key, and its PEM for the program that signs.
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

    /// Puts a signature over the whole element into it, at a place among its content.
    pub(crate) fn sign_element(&self, node: &mut Node, at: usize) {
        self.key.sign_element(node, at).expect("a signature");
        #[cfg(feature = "_engines")]
        self.sign_by_xmlsec1(node);
    }

    /// Its two values by xmlsec1 in the place of ours, if the ID is one that xmlsec1 takes.
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
