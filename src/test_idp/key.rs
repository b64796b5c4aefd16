//! Signing keys: real ones, made by `aws-lc-rs`.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use crate::{ConfigError, Secret, digest::random_bytes};

use super::SigningAlg;

/// A signing key with a `kid` of its own. Cheap to clone.
#[derive(Clone)]
pub struct TestKey {
    alg: SigningAlg,
    kid: String,
    pair: Arc<Pair>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl TestKey {
    /// A new key. RSA keys have 2048 bits and take some 100 ms to make.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn generate(alg: SigningAlg) -> Result<Self, ConfigError> {
        let pair =
            Pair::generate(alg.family()).map_err(|_| ConfigError::new("key", "no key could be made"))?;
        Self::of(alg, Arc::new(pair))
    }

    /// A key that is made once for the whole process, so that many tests need not wait. It has the same `kid` for
    /// everyone; providers that must not be taken for one another need keys of their own.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn shared(alg: SigningAlg) -> Result<Self, ConfigError> {
        static KEYS: Mutex<Option<HashMap<SigningAlg, TestKey>>> = Mutex::new(None);
        let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys.get_or_insert_default();
        if let Some(key) = keys.get(&alg) {
            return Ok(key.clone());
        }
        let same_family = keys.values().find(|key| key.alg.family() == alg.family());
        let key = match same_family {
            Some(key) => Self::of(alg, Arc::clone(&key.pair))?,
            None => Self::generate(alg)?,
        };
        keys.insert(alg, key.clone());
        Ok(key)
    }

    fn of(alg: SigningAlg, pair: Arc<Pair>) -> Result<Self, ConfigError> {
        let random = random_bytes::<9>().map_err(|error| ConfigError::new("key", error.to_string()))?;
        Ok(Self { alg, kid: URL_SAFE_NO_PAD.encode(random), pair })
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// Its `kid`.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK (RFC 7517) with `use`, `alg` and `kid`.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        let (alg, kid) = (self.alg.as_str(), &self.kid);
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &*self.pair {
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "use": "sig", "alg": alg, "kid": kid, "n": b64(&n), "e": b64(&e)})
            }
            Pair::Ec(pair) => {
                // An uncompressed point: 04, x, y (SEC 1 §2.3.3).
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                let crv = self.alg.curve();
                json!({
                    "kty": "EC", "use": "sig", "alg": alg, "kid": kid, "crv": crv, "x": b64(x), "y": b64(y)
                })
            }
            Pair::Ed(pair) => json!({
                "kty": "OKP", "use": "sig", "alg": alg, "kid": kid, "crv": "Ed25519",
                "x": b64(pair.public_key().as_ref())
            }),
        }
    }

    /// The public key as DER (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// When it can't be encoded.
    pub fn public_key_der(&self) -> Result<Vec<u8>, ConfigError> {
        let der: Result<PublicKeyX509Der<'static>, _> = match &*self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair) => pair.public_key().as_der(),
            Pair::Ed(pair) => pair.public_key().as_der(),
        };
        Ok(der.map_err(|_| ConfigError::new("key", "it can't be encoded"))?.as_ref().to_vec())
    }

    /// The public key as PEM (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// When it can't be encoded.
    pub fn public_key_pem(&self) -> Result<String, ConfigError> {
        Ok(pem("PUBLIC KEY", &self.public_key_der()?))
    }

    /// The private key as PEM (PKCS #8): for an app that signs with it (`private_key_jwt`).
    ///
    /// # Errors
    /// When it can't be encoded.
    pub fn private_key_pem(&self) -> Result<Secret<String>, ConfigError> {
        let unencodable = |_| ConfigError::new("key", "it can't be encoded");
        let der = match &*self.pair {
            Pair::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'static>>::as_der(pair).map_err(unencodable)?.as_ref().to_vec()
            }
            Pair::Ec(pair) => pair.to_pkcs8v1().map_err(unencodable)?.as_ref().to_vec(),
            Pair::Ed(pair) => pair.to_pkcs8v1().map_err(unencodable)?.as_ref().to_vec(),
        };
        Ok(Secret::new(pem("PRIVATE KEY", &der)))
    }

    /// Signs as RFC 7518 §3 says for the key's algorithm.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        self.pair.sign(self.alg, message)
    }
}

impl Pair {
    fn generate(family: Family) -> Result<Self, Unspecified> {
        Ok(match family {
            Family::Rsa => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Family::P256 => Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Family::P384 => Self::Ec(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING)?),
            Family::Ed25519 => Self::Ed(Ed25519KeyPair::generate()?),
        })
    }

    fn sign(&self, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = alg.rsa_padding().ok_or(Unspecified)?;
                pair.sign(padding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::Ec(pair) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::Ed(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl SigningAlg {
    fn family(self) -> Family {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::P256,
            Self::Es384 => Family::P384,
            Self::EdDsa => Family::Ed25519,
        }
    }

    fn curve(self) -> &'static str {
        match self.family() {
            Family::P256 => "P-256",
            Family::P384 => "P-384",
            Family::Ed25519 => "Ed25519",
            Family::Rsa => "",
        }
    }

    fn rsa_padding(self) -> Option<&'static dyn RsaEncoding> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_SHA512),
            Self::Ps256 => Some(&RSA_PSS_SHA256),
            Self::Ps384 => Some(&RSA_PSS_SHA384),
            Self::Ps512 => Some(&RSA_PSS_SHA512),
            Self::Es256 | Self::Es384 | Self::EdDsa => None,
        }
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// RFC 7468.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem + &format!("\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto, jwk::Jwk};

    use super::*;

    #[test]
    fn every_key_signs_what_its_published_half_verifies() {
        for alg in SigningAlg::ALL {
            let key = TestKey::shared(alg).unwrap();
            let jwk: Jwk = serde_json::from_value(key.public_jwk()).unwrap();
            let jwt_alg: Algorithm = alg.as_str().parse().unwrap();
            let signature = URL_SAFE_NO_PAD.encode(key.sign(b"message").unwrap());
            let public = DecodingKey::from_jwk(&jwk).unwrap();
            assert!(crypto::verify(&signature, b"message", &public, jwt_alg).unwrap(), "{alg:?}");
            assert!(!crypto::verify(&signature, b"massage", &public, jwt_alg).unwrap(), "{alg:?}");
        }
    }

    #[test]
    fn the_private_pem_is_the_same_key() {
        for alg in [SigningAlg::Ps256, SigningAlg::Es384, SigningAlg::EdDsa] {
            let key = TestKey::shared(alg).unwrap();
            let private = key.private_key_pem().unwrap();
            let private = private.expose().as_bytes();
            let private = match alg {
                SigningAlg::Ps256 => EncodingKey::from_rsa_pem(private),
                SigningAlg::Es384 => EncodingKey::from_ec_pem(private),
                _ => EncodingKey::from_ed_pem(private),
            };
            let jwt_alg: Algorithm = alg.as_str().parse().unwrap();
            let signature = crypto::sign(b"message", &private.unwrap(), jwt_alg).unwrap();
            let jwk: Jwk = serde_json::from_value(key.public_jwk()).unwrap();
            assert!(
                crypto::verify(&signature, b"message", &DecodingKey::from_jwk(&jwk).unwrap(), jwt_alg)
                    .unwrap()
            );
        }
    }

    #[test]
    fn shared_keys_are_made_once_and_generated_ones_are_new() {
        let (one, two) =
            (TestKey::shared(SigningAlg::Es256).unwrap(), TestKey::shared(SigningAlg::Es256).unwrap());
        assert_eq!(one.public_jwk(), two.public_jwk());
        assert_ne!(TestKey::generate(SigningAlg::Es256).unwrap().public_jwk()["x"], one.public_jwk()["x"]);
    }
}
