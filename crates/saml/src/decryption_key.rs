//! Our private keys that decrypt assertions.
//!
//! A key must be RSA of 2048 to 8192 bits. It is parsed once for each engine of the build, and is never printed.

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::{ConfigError, Secret};

use crate::xmlsec::PrivateKey;

/// A private key for whose public key providers encrypt. There are several during a key rollover.
pub(crate) struct DecryptionKey {
    pub(crate) oaep: OaepPrivateDecryptingKey,
    /// The same key for the second engine.
    pub(crate) xmlsec: PrivateKey,
}

impl DecryptionKey {
    /// Parses an RSA private key of 2048 to 8192 bits: PKCS #8 in PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    ///
    /// If the text is no such key. The error's field is `decryption_key`.
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
