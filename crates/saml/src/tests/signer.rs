//! The signer of these tests. It does no canonicalization: what it signs is written in canonical form by hand.
//!
//! In the tests with real engines, xmlsec1 makes every correct signature instead. This signer then makes only what
//! xmlsec1 can't: signatures that are changed before they are signed, methods that do not fit the key, and IDs that are
//! not names.

use std::sync::LazyLock;

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::certificate::Certificate;

pub(crate) const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A key pair.
pub(crate) enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

fn rsa(size: KeySize) -> Pair {
    Pair::Rsa(RsaKeyPair::generate(size).unwrap())
}

fn ec(algorithm: &'static signature::EcdsaSigningAlgorithm) -> Pair {
    Pair::Ec(EcdsaKeyPair::generate(algorithm).unwrap())
}

/// The provider's key.
pub(crate) static PROVIDER: LazyLock<Pair> = LazyLock::new(|| rsa(KeySize::Rsa2048));
/// Another key of the provider.
pub(crate) static ROLLED: LazyLock<Pair> = LazyLock::new(|| rsa(KeySize::Rsa3072));
/// The attacker's key.
pub(crate) static ATTACKER: LazyLock<Pair> = LazyLock::new(|| rsa(KeySize::Rsa2048));
pub(crate) static P256: LazyLock<Pair> = LazyLock::new(|| ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING));
pub(crate) static P384: LazyLock<Pair> = LazyLock::new(|| ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING));
pub(crate) static P521: LazyLock<Pair> = LazyLock::new(|| ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING));

impl Pair {
    pub(crate) fn certificate(&self) -> Certificate {
        Certificate::parse_der(&self.public_key()).unwrap()
    }

    pub(crate) fn public_key(&self) -> Vec<u8> {
        use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
        match self {
            Self::Rsa(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
            Self::Ec(pair) => AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()),
        }
        .unwrap()
        .as_ref()
        .to_vec()
    }

    /// Returns the private key in PEM, if it is an RSA key.
    #[cfg(feature = "_engines")]
    pub(crate) fn private_pem(&self) -> Option<String> {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        let Self::Rsa(pair) = self else { return None };
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        Some(format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"))
    }

    fn sign(&self, method: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let encoding: &'static dyn signature::RsaEncoding =
                    match method.rsplit(['#', '-']).next().unwrap() {
                        "sha384" => &signature::RSA_PKCS1_SHA384,
                        "sha512" => &signature::RSA_PKCS1_SHA512,
                        "MGF1" if method.contains("#sha256") => &signature::RSA_PSS_SHA256,
                        "MGF1" if method.contains("#sha384") => &signature::RSA_PSS_SHA384,
                        "MGF1" => &signature::RSA_PSS_SHA512,
                        _ => &signature::RSA_PKCS1_SHA256,
                    };
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut value).unwrap();
                value
            }
        }
    }
}

/// An element in canonical form, in two halves. A signature is inserted between them.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) id: String,
    pub(crate) head: String,
    pub(crate) tail: String,
}

impl Part {
    pub(crate) fn unsigned(&self) -> String {
        format!("{}{}", self.head, self.tail)
    }

    pub(crate) fn with(&self, signature: &str) -> String {
        format!("{}{signature}{}", self.head, self.tail)
    }

    pub(crate) fn signed(&self) -> String {
        self.with(&sign(&PROVIDER, self))
    }

    /// Returns the element signed, with a change in `SignedInfo` before it is signed.
    pub(crate) fn signed_bent(&self, bend: impl Fn(&str) -> String) -> String {
        self.with(&sign_as(&PROVIDER, self, RSA_SHA256, SHA256, &bend))
    }
}

/// Signs with RSA and SHA-256, by xmlsec1 in the tests with real engines.
#[cfg(feature = "_engines")]
pub(crate) use crate::tests::xmlsec1::sign;

/// Signs with RSA and SHA-256.
#[cfg(not(feature = "_engines"))]
pub(crate) fn sign(pair: &Pair, part: &Part) -> String {
    sign_here(pair, part)
}

/// Signs with RSA and SHA-256, always with this signer.
pub(crate) fn sign_here(pair: &Pair, part: &Part) -> String {
    sign_as(pair, part, RSA_SHA256, SHA256, &str::to_owned)
}

/// Returns the SHA-256 digest of a part without its signature.
pub(crate) fn digest_value(part: &Part) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, part.unsigned().as_bytes()))
}

/// Returns a `ds:Signature` over a part. `bend` gets `SignedInfo` in canonical form before it is signed.
pub(crate) fn sign_as(
    pair: &Pair,
    part: &Part,
    method: &str,
    digest_uri: &str,
    bend: &dyn Fn(&str) -> String,
) -> String {
    let algorithm = match digest_uri.rsplit(['#', '-']).next().unwrap() {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let value = STANDARD.encode(digest::digest(algorithm, part.unsigned().as_bytes()));
    let id = &part.id;
    let info = bend(&format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:CanonicalizationMethod Algorithm=\"{EXC}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXC}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_uri}\"></ds:DigestMethod>\
         <ds:DigestValue>{value}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    ));
    let value = STANDARD.encode(pair.sign(method, info.as_bytes()));
    let info = info.replacen(" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "", 1);
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}\
         <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    )
}
