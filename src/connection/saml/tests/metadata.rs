//! Makes the metadata of the provider in these tests, and certificates.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_saml::internal::Node;
use tower_sso_test_idp::TestKey;

use crate::connection::saml::tests::stage::{KEY, SSO};

pub(crate) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const ROLE: &[&str] = &["md:IDPSSODescriptor"];

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..128) => out.push(short),
        _ => out.extend([&[0x82][..], &u16::try_from(content.len()).expect("short").to_be_bytes()].concat()),
    }
    out.extend(content);
    out
}

/// Returns a certificate of the key in PEM, valid from 2020 until the end of 2049. Its signature is not valid, which is
/// never checked.
pub(crate) fn certificate(key: &TestKey) -> String {
    certificate_of(&key.public_key_der().expect("DER"))
}

/// Returns the certificate of a key given as `SubjectPublicKeyInfo`.
fn certificate_of(public: &[u8]) -> String {
    let algorithm = tlv(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], &[5, 0]]);
    let validity = tlv(0x30, &[&tlv(0x17, &[b"200101000000Z"]), &tlv(0x17, &[b"491231235959Z"])]);
    let name = tlv(0x30, &[]);
    let version = tlv(0xa0, &[&[2, 1, 2]]);
    let body = tlv(0x30, &[&version, &[2, 1, 1], &algorithm, &name, &validity, &name, public]);
    let der = tlv(0x30, &[&body, &algorithm, &tlv(3, &[&[0], &[0; 256]])]);
    let lines: Vec<_> =
        STANDARD.encode(der).as_bytes().chunks(64).map(String::from_utf8_lossy).map(String::from).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn bare(key: &TestKey) -> String {
    STANDARD.encode(key.public_key_der().expect("DER"))
}

pub(crate) fn key_descriptor(key: &TestKey, purpose: Option<&str>) -> Node {
    let data = Node::new("ds:X509Data").child(Node::text("ds:X509Certificate", bare(key)));
    let node = Node::new("md:KeyDescriptor").child(Node::new("ds:KeyInfo").child(data));
    match purpose {
        Some(purpose) => node.with("use", purpose),
        None => node,
    }
}

pub(crate) fn service(name: &'static str, binding: &str, location: &str) -> Node {
    Node::new(name).with("Binding", binding).with("Location", location)
}

pub(crate) fn entity(id: &str) -> Node {
    let role = Node::new("md:IDPSSODescriptor")
        .with("protocolSupportEnumeration", format!("urn:oasis:names:tc:SAML:1.1:protocol {SAML2}"))
        .child(key_descriptor(&KEY.0, Some("signing")))
        .child(service("md:SingleLogoutService", POST, "https://idp.example/slo"))
        .child(service(
            "md:SingleSignOnService",
            "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
            "https://idp.example/x",
        ))
        .child(service("md:SingleSignOnService", POST, "https://idp.example/post"))
        .child(service("md:SingleSignOnService", REDIRECT, SSO));
    Node::new("md:EntityDescriptor").with("entityID", id).child(role)
}
