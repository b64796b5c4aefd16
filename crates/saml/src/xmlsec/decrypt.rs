//! Decryption (XML-Enc 1.1 §5), what samael can of it: AES-128, its key by RSA-OAEP with SHA-1.

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

/// One of our keys that providers encrypt for, as OpenSSL has it.
pub(crate) struct PrivateKey(PKey<Private>);

impl PrivateKey {
    /// Reads PKCS #8 in DER.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        PKey::private_key_from_pkcs8(der).ok().map(Self)
    }
}

impl Xmlsec {
    /// The key of the content; `None` without a word about what was wrong.
    pub(crate) fn unwrap(self, key: &PrivateKey, wrapped: &[u8]) -> Option<Vec<u8>> {
        let method = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
        XmlSec::decrypt_assertion_key_info(&value(wrapped), method, &key.0).ok()
    }

    /// The plaintext; `None` without a word about what was wrong. The key is of 16 bytes.
    pub(crate) fn decrypt(self, mode: Mode, key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        // samael panics on a ciphertext that is shorter than what stands before and behind it.
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
