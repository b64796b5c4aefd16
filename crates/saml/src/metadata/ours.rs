//! Writes our own metadata, which the provider's administrator loads (SAML metadata §2.3.2, §2.4.4).
//!
//! It names our addresses and the certificates of our keys, those of future keys included. It is signed if a key is
//! given.

use crate::{
    error::Error, login::SpAddresses, request::new_id, signing::SigningKey, write::Node,
    xml::namespace::SAMLP,
};

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// The content of our metadata.
pub(crate) struct Ours<'a> {
    pub(crate) entity_id: &'a str,
    pub(crate) addresses: &'a SpAddresses,
    pub(crate) name_id_format: Option<&'static str>,
    /// Whether our requests are signed.
    pub(crate) signs: bool,
    /// The certificates in base64 of DER: first that of the key that signs, then those of the keys that will sign
    /// later.
    pub(crate) signing: &'a [String],
    /// The certificates that assertions may be encrypted for.
    pub(crate) encryption: &'a [String],
}

impl Ours<'_> {
    /// Returns the document. It is signed if a key is given.
    pub(crate) fn write(&self, key: Option<&SigningKey>) -> Result<String, Error> {
        let certificates = |certificates: &[String], purpose: &'static str| -> Vec<Node> {
            certificates.iter().map(|certificate| key_descriptor(certificate, purpose)).collect()
        };
        let endpoint = |name, binding: &str, location: &String| {
            Node::new(name).with("Binding", binding).with("Location", location.as_str())
        };
        let role = Node::new("md:SPSSODescriptor")
            .with("AuthnRequestsSigned", self.signs.to_string())
            .with("WantAssertionsSigned", "true")
            .with("protocolSupportEnumeration", SAMLP)
            .children(certificates(self.signing, "signing"))
            .children(certificates(self.encryption, "encryption"))
            .child(endpoint("md:SingleLogoutService", REDIRECT, &self.addresses.slo))
            .child(endpoint("md:SingleLogoutService", POST, &self.addresses.slo))
            .children(self.name_id_format.map(|format| Node::text("md:NameIDFormat", format)))
            .child(
                endpoint("md:AssertionConsumerService", POST, &self.addresses.acs)
                    .with("index", "0")
                    .with("isDefault", "true"),
            );
        let mut entity = Node::new("md:EntityDescriptor").with("entityID", self.entity_id).child(role);
        if let Some(key) = key {
            entity = entity.with("ID", new_id()?);
            key.sign_element(&mut entity, 0)?;
        }
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", entity.canonical()))
    }
}

fn key_descriptor(certificate: &str, purpose: &str) -> Node {
    let data = Node::new("ds:X509Data").child(Node::text("ds:X509Certificate", certificate));
    Node::new("md:KeyDescriptor").with("use", purpose).child(Node::new("ds:KeyInfo").child(data))
}
