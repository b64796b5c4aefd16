//! One key, and its form as text.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::{digest::random_bytes, lookup::LookupError, secret::Secret};

/// How the text of a key begins, so that a wrong paste is noticed.
const PREFIX: &str = "tsk1_";

/// A key of 256 random bits. `Debug` prints only its id.
#[derive(Clone)]
pub struct Key(Secret<[u8; 32]>);

impl Key {
    /// Generates a key.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system has no randomness.
    pub fn generate() -> Result<Self, LookupError> {
        Ok(Self(Secret::new(random_bytes()?)))
    }

    /// Reads the text that [`to_text`](Self::to_text) wrote: `tsk1_`, and 43 characters of base64url. White space
    /// around it is ignored.
    ///
    /// # Errors
    ///
    /// Returns an error if it is another text. The error does not contain it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let rest = text.trim().strip_prefix(PREFIX).ok_or(KeyError)?;
        let bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| KeyError)?;
        Ok(Self(Secret::new(bytes.try_into().map_err(|_| KeyError)?)))
    }

    /// Returns the key as text, for a configuration or a file.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0.expose())))
    }

    /// Returns the id: part of a digest of the key. It is no secret.
    pub(crate) fn id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        id.copy_from_slice(&self.derive("tower-sso key id", &[])[..8]);
        id
    }

    /// Derives 32 bytes for one purpose: HMAC-SHA-256 of the parts with their lengths, under a key for the label (as
    /// HKDF's expand step, RFC 5869 §2.3).
    pub(crate) fn derive(&self, label: &str, parts: &[&str]) -> [u8; 32] {
        let of_label = hmac(self.0.expose(), &[label]);
        hmac(&of_label, parts)
    }
}

fn hmac(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    // HMAC accepts a key of any length (RFC 2104 §2), so the error can't occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", URL_SAFE_NO_PAD.encode(self.id()))
    }
}

/// A text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a key: {PREFIX} and 43 characters of base64url")
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_again_from_its_text_and_never_printed() {
        let key = Key::generate().unwrap();
        let text = key.to_text();
        let read = Key::parse(&format!(" {}\n", text.expose())).unwrap();
        assert_eq!(read.0.expose(), key.0.expose());
        assert_eq!(format!("{key:?}"), format!("{read:?}"));
        assert!(!format!("{key:?}").contains(&text.expose()[5..15]));
        assert_ne!(Key::generate().unwrap().id(), key.id());
        let short = &text.expose()[..40];
        for wrong in ["", "tsk1_", short, &text.expose()[5..], &text.expose().replace("tsk1", "tsk2")] {
            assert_eq!(Key::parse(wrong).unwrap_err(), KeyError, "{wrong}");
        }
    }
}
