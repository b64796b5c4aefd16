//! Decrypts content (XML-Enc 1.1 §5.2) by AES-GCM or AES-CBC. Other ciphers are refused.
//!
//! A failure never says what failed, because such a message could be used as an oracle.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey},
    iv::FixedLength,
};

use crate::{
    error::{Error, refused},
    xml::element::Element,
};

/// The cipher of the content.
#[derive(Clone, Copy)]
pub(crate) struct Content {
    pub(crate) mode: Mode,
    /// The length of the key in bytes.
    pub(crate) key_length: usize,
}

/// The mode of AES. The modes differ in whether a changed ciphertext is detected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Galois/Counter Mode: the authentication tag detects any change.
    Gcm,
    /// Cipher Block Chaining: a change is not detected.
    Cbc,
}

impl Content {
    /// Parses an `xenc:EncryptionMethod`.
    ///
    /// # Errors
    ///
    /// Returns `SamlEncryptionRefused` if the algorithm is not accepted or has a parameter.
    pub(crate) fn of(method: Element<'_>) -> Result<Self, Error> {
        let (mode, key_length) = match method.attribute("Algorithm").unwrap_or_default() {
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => (Mode::Gcm, 16),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => (Mode::Gcm, 24),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => (Mode::Gcm, 32),
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" => (Mode::Cbc, 16),
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" => (Mode::Cbc, 24),
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" => (Mode::Cbc, 32),
            other => return Err(refused(format_args!("content encryption {other:?}"))),
        };
        match method.is_structure() && method.children().next().is_none() {
            true => Ok(Self { mode, key_length }),
            false => Err(refused("a parameter of the content encryption")),
        }
    }

    /// Returns the plaintext, or `None` if decryption fails for any reason.
    pub(crate) fn decrypt(self, key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
        match self.mode {
            Mode::Gcm => gcm(key, ciphertext),
            Mode::Cbc => cbc(key, ciphertext),
        }
    }
}

/// Decrypts AES-GCM: a nonce of 96 bits, the ciphertext, and a tag of 128 bits (XML-Enc 1.1 §5.2.4).
fn gcm(key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let algorithm: &'static Algorithm = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        32 => &AES_256_GCM,
        _ => return None,
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let (nonce, sealed) = ciphertext.split_at_checked(12)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    key.open_in_place(nonce, Aad::empty(), &mut sealed).ok().map(|plaintext| plaintext.to_vec())
}

/// Decrypts AES-CBC: an IV, and the ciphertext. The last byte of the plaintext is the length of the padding (XML-Enc
/// 1.1 §5.2.3).
fn cbc(key: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    let (iv, blocks) = ciphertext.split_first_chunk::<16>()?;
    let key = DecryptingKey::cbc(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let mut blocks = blocks.to_vec();
    let plaintext = key.decrypt(&mut blocks, DecryptionContext::Iv128(FixedLength::from(*iv))).ok()?;
    without_padding(plaintext).map(<[u8]>::to_vec)
}

/// Returns the plaintext without its padding. The last byte is the length of the padding.
pub(crate) fn without_padding(plaintext: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*plaintext.last()?);
    let length = plaintext.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding))?;
    plaintext.get(..length)
}
