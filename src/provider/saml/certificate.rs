//! A provider's signing key, as an administrator or metadata gives it.

use std::time::SystemTime;

use crate::ConfigError;

/// A public key that signatures are verified with, and until when its certificate says it is good.
///
/// Nothing fails because a certificate has expired: its date is announced, its key is what was agreed on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// `SubjectPublicKeyInfo`, DER (RFC 5280 §4.1.2.7).
    public_key: Vec<u8>,
    not_after: Option<SystemTime>,
}

impl Certificate {
    /// Reads a PEM certificate, a PEM public key, or the base64 of either without its armour, as metadata has it.
    ///
    /// # Errors
    /// When it is neither, or its key is not RSA of 2048 to 8192 bits or ECDSA on P-256, P-384 or P-521. The field is
    /// `certificate`.
    pub(crate) fn parse_text(text: &str) -> Result<Self, ConfigError> {
        let _ = text;
        Err(ConfigError::new("certificate", "not read yet"))
    }

    /// Reads a DER certificate or a DER public key (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// As [`parse_text`](Self::parse_text).
    pub(crate) fn parse_der(der: &[u8]) -> Result<Self, ConfigError> {
        let _ = der;
        Err(ConfigError::new("certificate", "not read yet"))
    }

    /// Until when it says it is good. `None` for a bare public key.
    pub(crate) fn not_after(&self) -> Option<SystemTime> {
        self.not_after
    }

    /// Its public key: `SubjectPublicKeyInfo`, DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}
