//! Makes the metadata of the provider in these tests, and certificates.

use tower_sso_saml::{internal::Node, sample};
use tower_sso_test_idp::TestKey;

use crate::connection::saml::tests::stage::KEY;

fn public_key(key: &TestKey) -> Vec<u8> {
    key.public_key_der().expect("DER")
}

/// Returns a certificate of the key in PEM.
pub(crate) fn certificate(key: &TestKey) -> String {
    sample::metadata::certificate(&public_key(key))
}

pub(crate) fn key_descriptor(key: &TestKey, purpose: Option<&str>) -> Node {
    sample::metadata::key_descriptor(&public_key(key), purpose)
}

/// Returns the metadata of a provider with the key of these tests.
pub(crate) fn entity(id: &str) -> Node {
    sample::metadata::entity(id, &public_key(&KEY.0))
}
