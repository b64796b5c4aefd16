//! The key that signs our messages: a whole element (an enveloped signature, SAML core §5.4), or the octets of a
//! redirect's query.
//!
//! RSA signs with SHA-256, and ECDSA with the digest that fits its curve. SHA-1 is never used.

use std::fmt;

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_SHA256,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::Secret;

use crate::{
    error::{Error, ErrorKind::LookupFailed},
    write::Node,
    xml::namespace::EXC_C14N,
};

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(crate) const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A private key that signs our messages.
pub enum SigningKey {
    /// RSA.
    Rsa(Box<RsaKeyPair>),
    /// ECDSA on P-256.
    P256(EcdsaKeyPair),
    /// ECDSA on P-384.
    P384(EcdsaKeyPair),
}

impl SigningKey {
    /// Parses a private key in PEM: PKCS #8, RSA in PKCS #1, or SEC 1.
    ///
    /// # Errors
    ///
    /// Returns what was expected, if the text is no such key, or if an RSA key is shorter than 2048 bits.
    pub fn parse(text: &Secret<String>) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "expected a private key in PEM: RSA of 2048 bits or more, or ECDSA on P-256 or P-384";
        let (_, der) = pem(text.expose()).ok_or(EXPECTED)?;
        if let Ok(key) = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)) {
            return if key.public_modulus_len() >= 256 {
                Ok(Self::Rsa(Box::new(key)))
            } else {
                Err(EXPECTED)
            };
        }
        let ecdsa = |curve| {
            EcdsaKeyPair::from_pkcs8(curve, &der).or_else(|_| EcdsaKeyPair::from_private_key_der(curve, &der))
        };
        ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self::P256)
            .or_else(|_| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Self::P384))
            .map_err(|_| EXPECTED)
    }

    /// Returns the public key in the form that it has at the end of a `SubjectPublicKeyInfo`.
    pub(crate) fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::P256(key) | Self::P384(key) => key.public_key().as_ref(),
        }
    }

    /// Returns the URI of the signature algorithm (RFC 9231 §2.3).
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => RSA_SHA256,
            Self::P256(_) => ECDSA_SHA256,
            Self::P384(_) => ECDSA_SHA384,
        }
    }

    /// Signs octets and returns the signature value in the form that XML signatures use.
    ///
    /// # Errors
    ///
    /// Returns `LookupFailed` if the cryptographic library fails, which it does if there is no randomness.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::with(LookupFailed, "nothing could be signed");
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Self::P256(key) | Self::P384(key) => {
                Ok(key.sign(&random, message).map_err(failed)?.as_ref().to_vec())
            }
        }
    }

    /// Signs the whole element, which must have an `ID`, and inserts the signature at position `at` of its content.
    pub fn sign_element(&self, node: &mut Node, at: usize) -> Result<(), Error> {
        let id = node.attribute("ID").unwrap_or_default().to_owned();
        let digest = digest::digest(&digest::SHA256, node.canonical().as_bytes());
        let algorithm = |name, value: &str| Node::new(name).with("Algorithm", value);
        let reference = Node::new("ds:Reference")
            .with("URI", format!("#{id}"))
            .child(
                Node::new("ds:Transforms")
                    .child(algorithm("ds:Transform", ENVELOPED))
                    .child(algorithm("ds:Transform", EXC_C14N)),
            )
            .child(algorithm("ds:DigestMethod", SHA256))
            .child(Node::text("ds:DigestValue", STANDARD.encode(digest)));
        let signed = Node::new("ds:SignedInfo")
            .child(algorithm("ds:CanonicalizationMethod", EXC_C14N))
            .child(algorithm("ds:SignatureMethod", self.algorithm()))
            .child(reference);
        let value = self.sign(signed.canonical().as_bytes())?;
        let signature = Node::new("ds:Signature")
            .child(signed)
            .child(Node::text("ds:SignatureValue", STANDARD.encode(value)));
        node.insert(at, signature);
        Ok(())
    }
}

/// Returns the label and the decoded content of a PEM text, which must consist of exactly one block (RFC 7468 §2).
pub(crate) fn pem(text: &str) -> Option<(&str, Vec<u8>)> {
    let (label, rest) = text.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest.strip_suffix("-----")?.strip_suffix(label)?.strip_suffix("-----END ")?;
    let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Some((label, STANDARD.decode(body).ok()?))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.algorithm()).finish()
    }
}
