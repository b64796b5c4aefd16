//! Our keys that assertions are encrypted for.

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::{ConfigError, Secret};

use crate::xmlsec::PrivateKey;

/// One of our keys that providers encrypt for. Several during a rollover.
pub(crate) struct DecryptionKey {
    pub(crate) oaep: OaepPrivateDecryptingKey,
    /// The same for the second engine.
    pub(crate) xmlsec: PrivateKey,
}

impl DecryptionKey {
    /// Reads an RSA private key of 2048 to 8192 bits: PKCS#8 in PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When it is not one. The field is `decryption_key`.
    pub(crate) fn parse_pem(pem: &Secret<String>) -> Result<Self, ConfigError> {
        let wrong = || {
            let expected = "expected an RSA private key of 2048 to 8192 bits as PKCS#8 in PEM";
            ConfigError::new("decryption_key", expected)
        };
        let body = pem.expose().trim().strip_prefix("-----BEGIN PRIVATE KEY-----").ok_or_else(wrong)?;
        let body = body.strip_suffix("-----END PRIVATE KEY-----").ok_or_else(wrong)?;
        let bytes: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = STANDARD.decode(bytes).map_err(|_| wrong())?;
        let key = PrivateDecryptingKey::from_pkcs8(&bytes).map_err(|_| wrong())?;
        if !(2048..=8192).contains(&key.key_size_bits()) {
            return Err(wrong());
        }
        let oaep = OaepPrivateDecryptingKey::new(key).map_err(|_| wrong())?;
        Ok(Self { oaep, xmlsec: PrivateKey::parse(&bytes).ok_or_else(wrong)? })
    }
}

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DecryptionKey")
    }
}
