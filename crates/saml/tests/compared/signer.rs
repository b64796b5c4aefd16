//! The keys of the fixtures, and signatures over text that is already in canonical form.

use aws_lc_rs::{
    digest, hmac,
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_test_idp::{SigningAlg, TestKey};

pub const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

/// A key pair with a certificate that it signed itself.
pub struct Pair {
    key: TestKey,
    private: Private,
}

enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// How a signature is made.
pub enum Method {
    RsaSha256,
    RsaSha512,
    EcdsaSha256,
    /// With this text as the secret.
    HmacSha256(String),
}

impl Method {
    /// Returns the usual method of a key.
    pub fn of(pair: &Pair) -> Self {
        match pair.private {
            Private::Rsa(_) => Self::RsaSha256,
            Private::P256(_) => Self::EcdsaSha256,
        }
    }

    fn uri(&self) -> String {
        let name = match self {
            Self::RsaSha256 => "rsa-sha256",
            Self::RsaSha512 => "rsa-sha512",
            Self::EcdsaSha256 => "ecdsa-sha256",
            Self::HmacSha256(_) => "hmac-sha256",
        };
        format!("{MORE}{name}")
    }
}

impl Pair {
    pub fn rsa() -> Self {
        let key = TestKey::generate(SigningAlg::Rs256).expect("a key");
        let private = RsaKeyPair::from_pkcs8(&pkcs8(&key)).expect("an RSA key");
        Self { key, private: Private::Rsa(private) }
    }

    pub fn p256() -> Self {
        let key = TestKey::generate(SigningAlg::Es256).expect("a key");
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let private = EcdsaKeyPair::from_pkcs8(curve, &pkcs8(&key)).expect("an EC key");
        Self { key, private: Private::P256(private) }
    }

    /// Returns the certificate in PEM.
    pub fn certificate(&self) -> String {
        self.key.certificate_pem("idp.example").expect("a certificate")
    }

    /// Returns the private key in PEM.
    pub fn private_pem(&self) -> String {
        self.key.private_key_pem().expect("PEM").expose().clone()
    }

    /// Returns the public key as a `SubjectPublicKeyInfo` in DER.
    pub fn public_der(&self) -> Vec<u8> {
        self.key.public_key_der().expect("DER")
    }

    fn sign(&self, method: &Method, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        if let Method::HmacSha256(secret) = method {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            return hmac::sign(&key, message).as_ref().to_vec();
        }
        match &self.private {
            Private::P256(pair) => pair.sign(&random, message).expect("a signature").as_ref().to_vec(),
            Private::Rsa(pair) => {
                let encoding: &'static dyn signature::RsaEncoding = match method {
                    Method::RsaSha512 => &signature::RSA_PKCS1_SHA512,
                    Method::RsaSha256 | Method::EcdsaSha256 | Method::HmacSha256(_) => {
                        &signature::RSA_PKCS1_SHA256
                    }
                };
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut value).expect("a signature");
                value
            }
        }
    }
}

fn pkcs8(key: &TestKey) -> Vec<u8> {
    let pem = key.private_key_pem().expect("PEM");
    let body: String = pem.expose().lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).expect("base64")
}

/// Returns a `ds:Signature` over an element with this ID, which is in canonical form.
pub fn sign(pair: &Pair, id: &str, element: &str, method: Method) -> String {
    sign_bent(pair, id, element, method, SHA256, &str::to_owned)
}

/// Returns a `ds:Signature`. `bend` changes `SignedInfo` before it is signed.
pub fn sign_bent(
    pair: &Pair,
    id: &str,
    element: &str,
    method: Method,
    digest_uri: &str,
    bend: &dyn Fn(&str) -> String,
) -> String {
    let algorithm = match digest_uri {
        SHA256 => &digest::SHA256,
        _ => &digest::SHA1_FOR_LEGACY_USE_ONLY,
    };
    let digest = STANDARD.encode(digest::digest(algorithm, element.as_bytes()));
    let info = bend(&format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXC}\">\
         </ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{DS}enveloped-signature\">\
         </ds:Transform><ds:Transform Algorithm=\"{EXC}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_uri}\"></ds:DigestMethod>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        method.uri(),
    ));
    let value = STANDARD.encode(pair.sign(&method, info.as_bytes()));
    let info = info.replacen(&format!(" xmlns:ds=\"{DS}\""), "", 1);
    format!(
        "<ds:Signature xmlns:ds=\"{DS}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    )
}
