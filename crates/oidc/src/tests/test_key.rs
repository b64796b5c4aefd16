//! Generates key pairs for tests, and signs tokens of any shape with them.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER, jwk::Jwk};
use serde_json::{Value, json};

use crate::algorithm::{JwsAlgorithm, KeyKind};

/// A key pair.
pub(crate) struct TestKey {
    pub(crate) pem: String,
    encoding: EncodingKey,
    algorithm: JwsAlgorithm,
}

static RSA: LazyLock<TestKey> = LazyLock::new(TestKey::make_rsa);
static OTHER_RSA: LazyLock<TestKey> = LazyLock::new(TestKey::make_rsa);
static P256: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::Es256)
});
static P384: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::Es384)
});
static ED25519: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::EdDsa)
});

impl TestKey {
    pub(crate) fn rsa() -> &'static Self {
        &RSA
    }

    pub(crate) fn other_rsa() -> &'static Self {
        &OTHER_RSA
    }

    pub(crate) fn p256() -> &'static Self {
        &P256
    }

    pub(crate) fn for_algorithm(algorithm: JwsAlgorithm) -> &'static Self {
        match algorithm.key_kind() {
            KeyKind::Rsa => &RSA,
            KeyKind::P256 => &P256,
            KeyKind::P384 => &P384,
            KeyKind::Ed25519 => &ED25519,
        }
    }

    fn make_rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("DER");
        Self::from_der(der.as_ref(), JwsAlgorithm::Rs256)
    }

    fn from_der(der: &[u8], algorithm: JwsAlgorithm) -> Self {
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        let encoding = match algorithm.key_kind() {
            KeyKind::Rsa => EncodingKey::from_rsa_pem(pem.as_bytes()),
            KeyKind::P256 | KeyKind::P384 => EncodingKey::from_ec_pem(pem.as_bytes()),
            KeyKind::Ed25519 => EncodingKey::from_ed_pem(pem.as_bytes()),
        };
        Self { encoding: encoding.expect("a key"), pem, algorithm }
    }

    /// Returns an RSA key's public half in DER, in two formats: SubjectPublicKeyInfo (RFC 5280 §4.1) and PKCS #1
    /// (RFC 8017 A.1.1).
    pub(crate) fn public_der(&self) -> [Vec<u8>; 2] {
        let body: String = self.pem.lines().filter(|line| !line.starts_with('-')).collect();
        let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).expect("base64")).expect("an RSA key");
        let public = pair.public_key();
        let info = AsDer::<PublicKeyX509Der<'_>>::as_der(public).expect("DER");
        [info.as_ref().to_vec(), public.as_ref().to_vec()]
    }

    /// Returns the public key as a JWK with this `kid` and without `alg`.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm.engine()).expect("a public key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        let object = jwk.as_object_mut().expect("an object");
        object.remove("alg");
        object.insert("kid".to_owned(), json!(kid));
        jwk
    }

    pub(crate) fn sign(&self, algorithm: JwsAlgorithm, header: &str, claims: &str) -> String {
        token(header, claims, &self.encoding, algorithm.engine())
    }
}

/// Returns a token that is signed with a secret.
pub(crate) fn hmac(secret: &[u8], header: &str, claims: &str) -> String {
    token(header, claims, &EncodingKey::from_secret(secret), jsonwebtoken::Algorithm::HS256)
}

/// Signs a token. Header and claims are text, so that malformed ones can be signed as well.
fn token(header: &str, claims: &str, key: &EncodingKey, algorithm: jsonwebtoken::Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signer = (DEFAULT_PROVIDER.signer_factory)(&algorithm, key).expect("a signer");
    let signature = signer.try_sign(message.as_bytes()).expect("a signature");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}
