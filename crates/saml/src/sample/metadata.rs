//! Makes the metadata of the provider, and certificates. A public key is a `SubjectPublicKeyInfo` in DER.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::write::Node;

/// The binding HTTP-Redirect (SAML bindings §3.4).
pub const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// The binding HTTP-POST (SAML bindings §3.5).
pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The protocol that a role must support (SAML metadata §2.4.1).
pub const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The address for requests by redirect.
pub const SSO: &str = "https://idp.example/sso";
/// The path to the provider's role.
pub const ROLE: &[&str] = &["md:IDPSSODescriptor"];

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes() {
        [0, short @ 0..128] => out.push(short),
        long => out.extend([&[0x82][..], &long].concat()),
    }
    out.extend(content);
    out
}

/// Returns a certificate of the key in PEM, valid from 2020 until the end of 2049. Its signature is not valid, because
/// nothing checks it.
pub fn certificate(public_key: &[u8]) -> String {
    let algorithm = tlv(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], &[5, 0]]);
    let validity = tlv(0x30, &[&tlv(0x17, &[b"200101000000Z"]), &tlv(0x17, &[b"491231235959Z"])]);
    let name = tlv(0x30, &[]);
    let version = tlv(0xa0, &[&[2, 1, 2]]);
    let body = tlv(0x30, &[&version, &[2, 1, 1], &algorithm, &name, &validity, &name, public_key]);
    let der = tlv(0x30, &[&body, &algorithm, &tlv(3, &[&[0], &[0; 256]])]);
    let lines: Vec<_> =
        STANDARD.encode(der).as_bytes().chunks(64).map(String::from_utf8_lossy).map(String::from).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Returns the description of a key, for this purpose or for every purpose.
pub fn key_descriptor(public_key: &[u8], purpose: Option<&str>) -> Node {
    let bare = STANDARD.encode(public_key);
    let data = Node::new("ds:X509Data").child(Node::text("ds:X509Certificate", bare));
    let node = Node::new("md:KeyDescriptor").child(Node::new("ds:KeyInfo").child(data));
    match purpose {
        Some(purpose) => node.with("use", purpose),
        None => node,
    }
}

/// Returns an endpoint.
pub fn service(name: &'static str, binding: &str, location: &str) -> Node {
    Node::new(name).with("Binding", binding).with("Location", location)
}

/// Returns the metadata of a provider with this entity ID and this key.
pub fn entity(id: &str, public_key: &[u8]) -> Node {
    let role = Node::new("md:IDPSSODescriptor")
        .with("protocolSupportEnumeration", format!("urn:oasis:names:tc:SAML:1.1:protocol {SAML2}"))
        .child(key_descriptor(public_key, Some("signing")))
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
