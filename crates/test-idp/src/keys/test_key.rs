//! Signing keys: real ones, made by `aws-lc-rs`.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    signature::{KeyPair as _, RsaPublicKeyComponents},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_core::{ConfigError, Secret, internal::random_bytes};

use crate::keys::{
    algorithm::SigningAlg,
    der::{der, integer},
    pair::Pair,
    pem::pem,
};

/// A signing key and its `kid`. Cheap to clone.
#[derive(Clone)]
pub struct TestKey {
    alg: SigningAlg,
    kid: String,
    pair: Arc<Pair>,
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

    /// The same key under this `kid`.
    pub(crate) fn named(self, kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..self }
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

    /// The bytes that are the public key: `RSAPublicKey` in DER, an uncompressed point, or an Ed25519 key.
    pub(crate) fn public_key_raw(&self) -> &[u8] {
        match &*self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::Ec(pair) => pair.public_key().as_ref(),
            Pair::Ed(pair) => pair.public_key().as_ref(),
        }
    }

    /// Signs as RFC 7518 §3 says for the key's algorithm.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        self.pair.sign(self.alg, message)
    }

    /// Signs as certificates are: RSA with PKCS #1 v1.5 and SHA-256, ECDSA in DER (RFC 3279 §2.2.3).
    pub(crate) fn sign_certificate(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match &*self.pair {
            Pair::Rsa(_) => self.pair.sign(SigningAlg::Rs256, message),
            Pair::Ec(_) => {
                let signature = self.pair.sign(self.alg, message)?;
                let (r, s) = signature.split_at(signature.len() / 2);
                Ok(der(0x30, &[&integer(r), &integer(s)]))
            }
            Pair::Ed(_) => self.pair.sign(self.alg, message),
        }
    }
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto, jwk::Jwk};

    use super::*;

    #[test]
    fn every_published_key_verifies_what_its_private_key_signs() {
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
    fn the_private_pem_contains_the_same_key() {
        type Read = fn(&[u8]) -> jsonwebtoken::errors::Result<EncodingKey>;
        let readers: [(SigningAlg, Read); 3] = [
            (SigningAlg::Ps256, EncodingKey::from_rsa_pem),
            (SigningAlg::Es384, EncodingKey::from_ec_pem),
            (SigningAlg::EdDsa, EncodingKey::from_ed_pem),
        ];
        for (alg, read) in readers {
            let key = TestKey::shared(alg).unwrap();
            let private = read(key.private_key_pem().unwrap().expose().as_bytes());
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
    fn shared_keys_are_generated_once_and_others_each_time() {
        let (one, two) =
            (TestKey::shared(SigningAlg::Es256).unwrap(), TestKey::shared(SigningAlg::Es256).unwrap());
        assert_eq!(one.public_jwk(), two.public_jwk());
        assert_ne!(TestKey::generate(SigningAlg::Es256).unwrap().public_jwk()["x"], one.public_jwk()["x"]);
    }
}
