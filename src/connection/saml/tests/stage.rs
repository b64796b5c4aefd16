//! The keys of the provider in these tests, and responses that it signs.

use std::sync::LazyLock;

use tower_sso_saml::{
    AuthnAsk, SpAddresses,
    internal::{Node, SigningKey},
};
use tower_sso_test_idp::{SigningAlg, TestKey};

/// The provider's key, and a key that is not the provider's.
pub(crate) static KEY: LazyLock<(TestKey, SigningKey)> = LazyLock::new(|| pair(SigningAlg::Rs256));
pub(crate) static OTHER: LazyLock<(TestKey, SigningKey)> = LazyLock::new(|| pair(SigningAlg::Es256));

fn pair(algorithm: SigningAlg) -> (TestKey, SigningKey) {
    let key = TestKey::generate(algorithm).expect("a key");
    let signing = SigningKey::parse(&key.private_key_pem().expect("PEM")).expect("a signing key");
    (key, signing)
}

pub(crate) fn ask(addresses: &SpAddresses) -> AuthnAsk<'_> {
    AuthnAsk { addresses, max_age: None, context_classes: &[] }
}

/// Signs the assertion and the response, and returns the response as text.
pub(crate) fn signed(mut response: Node, key: &SigningKey) -> String {
    key.sign_element(response.at(&["saml:Assertion"]), 1).expect("a signature");
    key.sign_element(&mut response, 1).expect("a signature");
    response.canonical()
}
