//! Random values and labeled digests. A store sees only the digest of a value that gives access, never the value.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{lookup::LookupError, secret::Secret};

/// A SHA-256 digest of a labeled value. A store uses it as the key for a value that gives access.
///
/// A store keeps the 32 bytes, the text of `Display` (43 characters of base64url), or the serialized form.
///
/// ```
/// use tower_sso_core::Digest;
///
/// let digest = Digest::from_bytes([7; 32]);
/// assert_eq!(digest.as_bytes(), &[7; 32]);
/// assert_eq!(digest.to_string(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Computes the digest of `parts` under `label`. Their lengths are included, so that no two lists of parts have
    /// the same digest.
    #[doc(hidden)]
    #[must_use]
    pub fn of(label: &str, parts: &[&str]) -> Self {
        // HMAC accepts a key of any length (RFC 2104 §2), so the error can't occur. If it did, the digest would match
        // only itself.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(label.as_bytes()) else { return Self([0; 32]) };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Self(mac.finalize().into_bytes().into())
    }

    /// Makes a digest from the 32 bytes that [`as_bytes`](Self::as_bytes) returned, for example from a column of a
    /// database.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Returns 256 random bits as 43 characters of base64url.
///
/// # Errors
/// If the operating system has no randomness.
pub fn random_token() -> Result<Secret<String>, LookupError> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?)))
}

/// Returns `N` random bytes.
///
/// # Errors
/// If the operating system has no randomness.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], LookupError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| LookupError::new(format!("no randomness: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_parts_or_labels_changes_the_digest() {
        let digest = Digest::of("a", &["bc", "d"]);
        assert_eq!(digest, Digest::of("a", &["bc", "d"]));
        for other in [Digest::of("a", &["b", "cd"]), Digest::of("a", &["bcd"]), Digest::of("ab", &["c", "d"])]
        {
            assert_ne!(digest, other);
        }
    }

    /// Each of the 256 bits is sometimes 0 and sometimes 1, and no token occurs twice.
    #[test]
    fn a_random_token_has_256_bits() {
        let (mut ones, mut zeros) = ([0_u8; 32], [0_u8; 32]);
        let mut seen = std::collections::HashSet::new();
        for _ in 0..256 {
            let token = random_token().unwrap();
            assert_eq!(token.expose().len(), 43);
            let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(token.expose()).unwrap().try_into().unwrap();
            for (at, byte) in bytes.into_iter().enumerate() {
                ones[at] |= byte;
                zeros[at] |= !byte;
            }
            assert!(seen.insert(bytes));
        }
        assert_eq!((ones, zeros), ([0xff; 32], [0xff; 32]));
    }
}
