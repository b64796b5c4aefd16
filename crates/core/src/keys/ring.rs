//! Several keys: the first seals, all open.

use std::{fmt, sync::Arc};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};

use crate::{
    digest::{Digest, random_bytes},
    keys::key::Key,
    lookup::LookupError,
};

/// The version of the sealed form.
const VERSION: u8 = 1;
/// The version, the id of the key, and the nonce.
const HEADER: usize = 1 + 8 + 24;

/// The keys of an app, the current one first. Cheap to clone. `Debug` prints only their ids.
#[derive(Clone)]
pub struct KeyRing(Arc<[Key]>);

impl KeyRing {
    /// Returns a ring with one key.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self(Arc::new([key]))
    }

    /// Returns a ring with a new key, for what does not outlast the process.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system has no randomness.
    pub fn random() -> Result<Self, LookupError> {
        Ok(Self::new(Key::generate()?))
    }

    /// Adds a key that was the current one before. It opens what it has sealed, and seals nothing.
    #[must_use]
    pub fn with_former(self, key: Key) -> Self {
        Self(self.0.iter().cloned().chain([key]).collect())
    }

    /// Encrypts a value with the current key (XChaCha20-Poly1305). It opens only with the same label, which says what
    /// kind of value it is, and the same context, which says where it is kept.
    ///
    /// The sealed form is the version (one byte, 1), the id of the key (8 bytes), the nonce (24 bytes), and the
    /// encrypted value with its tag (16 bytes more than the value).
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system has no randomness.
    pub fn seal(&self, label: &str, context: &[&str], value: &[u8]) -> Result<Vec<u8>, LookupError> {
        self.seal_with(label, context, value, random_bytes()?)
    }

    fn seal_with(
        &self,
        label: &str,
        context: &[&str],
        value: &[u8],
        nonce: [u8; 24],
    ) -> Result<Vec<u8>, LookupError> {
        // A ring has at least one key.
        let key = self.0.first().ok_or_else(|| LookupError::new("a key ring without a key"))?;
        let mut sealed = Vec::with_capacity(HEADER + value.len() + 16);
        sealed.push(VERSION);
        sealed.extend(key.id());
        sealed.extend(nonce);
        let aad = aad(&sealed, context);
        let payload = Payload { msg: value, aad: &aad };
        let encrypted = cipher(key, label).encrypt(&XNonce::from(nonce), payload);
        sealed.extend(encrypted.map_err(|_| LookupError::new("a value is too large to be sealed"))?);
        Ok(sealed)
    }

    /// Decrypts a value that [`seal`](Self::seal) encrypted with one of the keys.
    ///
    /// # Errors
    ///
    /// Returns [`UnsealError::UnknownKey`] if no key of the ring sealed it, and [`UnsealError::Damaged`] if it was
    /// changed, or is of another kind or place.
    pub fn open(&self, label: &str, context: &[&str], sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (header, encrypted) = sealed.split_at_checked(HEADER).ok_or(UnsealError::Damaged)?;
        if header[0] != VERSION {
            return Err(UnsealError::Damaged);
        }
        let key = self.0.iter().find(|key| key.id() == header[1..9]).ok_or(UnsealError::UnknownKey)?;
        let nonce: [u8; 24] = header[9..].try_into().map_err(|_| UnsealError::Damaged)?;
        let aad = aad(header, context);
        let payload = Payload { msg: encrypted, aad: &aad };
        cipher(key, label).decrypt(&XNonce::from(nonce), payload).map_err(|_| UnsealError::Damaged)
    }

    /// Returns whether the current key sealed this.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let current = self.0.first().map(Key::id);
        sealed.first() == Some(&VERSION) && current.is_some_and(|id| sealed.get(1..9) == Some(&id[..]))
    }

    /// Seals a value again with the current key, if another key sealed it. Returns `None` if nothing has to change.
    ///
    /// # Errors
    ///
    /// Returns an error if the value can't be opened, or if the operating system has no randomness.
    pub fn reseal(
        &self,
        label: &str,
        context: &[&str],
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, LookupError> {
        if self.is_current(sealed) {
            return Ok(None);
        }
        let value = self.open(label, context, sealed)?;
        self.seal(label, context, &value).map(Some)
    }

    /// Returns the digests of the parts under each key, the current one first. See [`mac`](Self::mac).
    #[doc(hidden)]
    #[must_use]
    pub fn macs(&self, label: &str, parts: &[&str]) -> Vec<Digest> {
        self.0.iter().map(|key| Digest::from_bytes(key.derive(label, parts))).collect()
    }

    /// Returns whether this is a clone of the other ring.
    #[doc(hidden)]
    #[must_use]
    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns a digest of the parts that nobody can compute without the current key.
    #[doc(hidden)]
    #[must_use]
    pub fn mac(&self, label: &str, parts: &[&str]) -> Digest {
        Digest::from_bytes(self.0.first().map(|key| key.derive(label, parts)).unwrap_or_default())
    }
}

fn cipher(key: &Key, label: &str) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.derive("tower-sso sealed", &[label]).into())
}

/// Returns what is authenticated along with a value: the header, and the context with the length of each part.
fn aad(header: &[u8], context: &[&str]) -> Vec<u8> {
    let mut aad = header.to_vec();
    for part in context {
        aad.extend((part.len() as u64).to_be_bytes());
        aad.extend(part.as_bytes());
    }
    aad
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&&*self.0).finish()
    }
}

/// Why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsealError {
    /// No key of the ring sealed it. Another node may have another ring, or the key was removed too early.
    UnknownKey,
    /// It was changed, or it is of another kind or place.
    Damaged,
}

impl fmt::Display for UnsealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "found a value that no key of the key ring has sealed",
            Self::Damaged => "found a sealed value that was changed or moved",
        })
    }
}

impl std::error::Error for UnsealError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        Key::parse(&format!("tsk1_{}", URL_SAFE_NO_PAD.encode([byte; 32]))).unwrap()
    }

    #[test]
    fn a_value_opens_only_as_the_kind_and_at_the_place_for_which_it_was_sealed() {
        let ring = KeyRing::random().unwrap();
        let sealed = ring.seal("kind", &["a", "b"], b"value").unwrap();
        assert_eq!(ring.open("kind", &["a", "b"], &sealed).unwrap(), b"value");
        for (label, context) in
            [("other", &["a", "b"][..]), ("kind", &["ab", ""]), ("kind", &["a"]), ("kind", &["b", "a"])]
        {
            assert_eq!(ring.open(label, context, &sealed), Err(UnsealError::Damaged), "{label} {context:?}");
        }
        assert!(!sealed.windows(5).any(|window| window == b"value"));
    }

    #[test]
    fn a_changed_value_does_not_open() {
        let ring = KeyRing::new(key(1));
        let sealed = ring.seal("kind", &[], b"value").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // A change of the key's id names another key.
            let expected =
                if (8..72).contains(&bit) { UnsealError::UnknownKey } else { UnsealError::Damaged };
            assert_eq!(ring.open("kind", &[], &changed), Err(expected), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(ring.open("kind", &[], &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_former_key_opens_and_seals_nothing() {
        let (old, new) = (KeyRing::new(key(1)), KeyRing::new(key(2)));
        let both = KeyRing::new(key(2)).with_former(key(1));
        let sealed = old.seal("kind", &[], b"value").unwrap();
        assert_eq!(both.open("kind", &[], &sealed).unwrap(), b"value");
        assert_eq!(new.open("kind", &[], &sealed), Err(UnsealError::UnknownKey));
        assert!(old.is_current(&sealed) && !both.is_current(&sealed));
        let again = both.reseal("kind", &[], &sealed).unwrap().unwrap();
        assert_eq!(new.open("kind", &[], &again).unwrap(), b"value");
        assert_eq!(both.reseal("kind", &[], &again).unwrap(), None);
        assert!(new.reseal("kind", &[], &sealed).is_err());
        assert_eq!(both.mac("kind", &["a"]), new.mac("kind", &["a"]));
        assert_ne!(both.mac("kind", &["a"]), old.mac("kind", &["a"]));
        let (now, before) = (new.mac("kind", &["a"]), old.mac("kind", &["a"]));
        assert_eq!(both.macs("kind", &["a"]), [now, before]);
        assert!(!format!("{both:?}").contains("AQEB"), "{both:?}");
    }

    /// What one version sealed, a later one opens.
    #[test]
    fn the_sealed_form_does_not_change() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let ring = KeyRing::new(key(1));
        let sealed = ring.seal_with("kind", &["a"], b"value", [7; 24]).unwrap();
        assert_eq!(
            STANDARD.encode(sealed),
            "AZbuDKg+0yZpBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHLZ9QLlIB/1kmEb4xzaKDPlRokokU"
        );
        assert_eq!(ring.mac("kind", &["a"]).to_string(), "QzlcEeoxPTzvt4fq9mgkNWCMgp_tIWVM1ykYf9Qf88I");
    }
}
