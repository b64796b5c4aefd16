//! Client assertions: this app authenticates with a signed JWT instead of sending its secret (RFC 7523 §2.2 and §3,
//! OpenID Connect Core §9).
//!
//! An assertion names the client as `iss` and `sub`, and one audience. Each has another `jti` and is valid for 60
//! seconds plus the leeway. The audience is the token endpoint when a code is exchanged, and the issuer when a request
//! is pushed (RFC 9126 §2).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use serde_json::json;
use tower_sso_core::{ConfigError, Secret, internal::random_token};

use crate::{
    algorithm::{HmacAlgorithm, JwsAlgorithm, KeyKind, Signed},
    authentication::ClientAuthentication,
    error::{Error, ErrorKind::TokenFailed},
};

/// The value of `client_assertion_type`.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is valid, at a provider whose clock is right.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(60);
/// The minimum length in bytes of a secret that signs.
const MIN_SECRET_BYTES: usize = 32;

/// A key that signs assertions.
pub(crate) struct AssertionKey {
    key: EncodingKey,
    signed: Signed,
    key_id: Option<String>,
}

impl AssertionKey {
    /// Returns the key of the authentication method, or `None` if the method does not sign.
    ///
    /// # Errors
    ///
    /// Returns an error that names `oidc.private_key` and says which kind of key was expected, if the key can't sign
    /// with the algorithm of the settings.
    pub(crate) fn parse(authentication: &ClientAuthentication) -> Result<Option<Self>, ConfigError> {
        match authentication {
            ClientAuthentication::PrivateKeyJwt { key, algorithm, key_id } => {
                Self::from_pem(key, *algorithm, key_id.clone()).map(Some)
            }
            ClientAuthentication::SecretJwt(secret) | ClientAuthentication::SecretAuto(secret) => {
                Ok((secret.expose().len() >= MIN_SECRET_BYTES).then(|| Self {
                    key: EncodingKey::from_secret(secret.expose().as_bytes()),
                    signed: Signed::BySecret(HmacAlgorithm::Hs256),
                    key_id: None,
                }))
            }
            ClientAuthentication::SecretBasic(_)
            | ClientAuthentication::SecretPost(_)
            | ClientAuthentication::None => Ok(None),
        }
    }

    fn from_pem(
        pem: &Secret<String>,
        algorithm: JwsAlgorithm,
        key_id: Option<String>,
    ) -> Result<Self, ConfigError> {
        let (bytes, expected) = (pem.expose().as_bytes(), private_key_for(algorithm));
        let problem = || ConfigError::new("oidc.private_key", format!("expected {expected}"));
        let key = match algorithm.key_kind() {
            KeyKind::Rsa => EncodingKey::from_rsa_pem(bytes),
            KeyKind::P256 | KeyKind::P384 => EncodingKey::from_ec_pem(bytes),
            KeyKind::Ed25519 => EncodingKey::from_ed_pem(bytes),
        }
        .map_err(|_| problem())?;
        let key = Self { key, signed: Signed::ByKey(algorithm), key_id };
        // A key of another curve, or a key that is too short, is detected only when it signs.
        key.signature("").ok_or_else(problem)?;
        Ok(key)
    }

    /// Signs an assertion that this client is `client_id`. It is valid only for `audience` and only once. A provider
    /// whose clock is ahead by up to `leeway` accepts it too.
    ///
    /// # Errors
    ///
    /// Returns `LookupFailed` if no random bytes are available, and `TokenFailed` if the key can't sign.
    pub(crate) fn sign(
        &self,
        client_id: &str,
        audience: &str,
        now: SystemTime,
        leeway: Duration,
    ) -> Result<Secret<String>, Error> {
        let issued = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut header = json!({"alg": self.signed.as_str(), "typ": "JWT"});
        if let Some(key_id) = &self.key_id {
            header["kid"] = json!(key_id);
        }
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": random_token()?.expose(),
            "iat": issued.as_secs(),
            "exp": (issued + ASSERTION_LIFETIME + leeway).as_secs(),
        });
        let encoded = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self
            .signature(&message)
            .ok_or_else(|| Error::with(TokenFailed, "the client assertion could not be signed"))?;
        Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    fn signature(&self, message: &str) -> Option<Vec<u8>> {
        let signer = (DEFAULT_PROVIDER.signer_factory)(&self.signed.engine(), &self.key).ok()?;
        signer.try_sign(message.as_bytes()).ok()
    }
}

fn private_key_for(algorithm: JwsAlgorithm) -> &'static str {
    match algorithm.key_kind() {
        KeyKind::Rsa => {
            "an RSA private key of at least 2048 bits in PEM (BEGIN PRIVATE KEY or BEGIN RSA PRIVATE KEY)"
        }
        KeyKind::P256 => {
            "a P-256 private key in PKCS #8 PEM (BEGIN PRIVATE KEY; `openssl pkcs8 -topk8 -nocrypt` converts)"
        }
        KeyKind::P384 => {
            "a P-384 private key in PKCS #8 PEM (BEGIN PRIVATE KEY; `openssl pkcs8 -topk8 -nocrypt` converts)"
        }
        KeyKind::Ed25519 => "an Ed25519 private key in PKCS #8 PEM (BEGIN PRIVATE KEY)",
    }
}
