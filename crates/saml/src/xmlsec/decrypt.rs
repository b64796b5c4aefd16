//! Decrypts with samael (XML-Enc 1.1 §5), as far as it can: AES-128, with a key that is encrypted by RSA-OAEP with
//! SHA-1.
//!
//! A failure never says what failed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::pkey::{PKey, Private};
use samael::{
    crypto::{CryptoProvider as _, XmlSec},
    schema::CipherValue,
};

use crate::{
    cipher::{Mode, without_padding},
    xmlsec::engine::Xmlsec,
};

/// A private key for whose public key providers encrypt, as OpenSSL represents it.
pub(crate) struct PrivateKey(PKey<Private>);

impl PrivateKey {
    /// Parses PKCS #8 in DER.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        PKey::private_key_from_pkcs8(der).ok().map(Self)
    }
}

impl Xmlsec {
    /// Decrypts the key of the content. Returns `None` if that fails for any reason.
    pub(crate) fn unwrap(self, key: &PrivateKey, wrapped: &[u8]) -> Option<Vec<u8>> {
        let method = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
        XmlSec::decrypt_assertion_key_info(&value(wrapped), method, &key.0).ok()
    }

    /// Decrypts the content with a key of 16 bytes. Returns `None` if that fails for any reason.
    pub(crate) fn decrypt(self, mode: Mode, key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        // samael panics on a ciphertext that is shorter than the nonce or IV before it and the tag or block after it.
        match mode {
            Mode::Gcm if ciphertext.len() >= 12 + 16 => {
                let method = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
                XmlSec::decrypt_assertion_value_info(&value(ciphertext), method, key).ok()
            }
            Mode::Cbc if ciphertext.len() >= 16 + 16 => {
                let method = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
                let padded = XmlSec::decrypt_assertion_value_info(&value(ciphertext), method, key).ok()?;
                without_padding(&padded).map(<[u8]>::to_vec)
            }
            Mode::Gcm | Mode::Cbc => None,
        }
    }
}

fn value(bytes: &[u8]) -> CipherValue {
    CipherValue { value: STANDARD.encode(bytes) }
}
