//! The versions of a connection: a digest of its settings under each key of the key ring.
//!
//! Sessions are kept with the version. Without a key, a reader of the store could find out settings by trying them, and
//! a node with another key ring would accept what it can't have made.

use std::sync::OnceLock;

use tower_sso_core::{Digest, keys::KeyRing, session::ConnectionVersion};

/// Computes the versions once, for the key ring that asks first.
#[derive(Debug)]
pub(crate) struct Versions {
    keyed: OnceLock<Keyed>,
    fingerprint: Digest,
}

/// The versions under each key of one ring.
#[derive(Debug)]
struct Keyed {
    current: ConnectionVersion,
    keys: KeyRing,
    former: Box<[ConnectionVersion]>,
}

impl Versions {
    /// Takes the digest of the settings that matter.
    pub(crate) fn new(fingerprint: Digest) -> Self {
        Self { keyed: OnceLock::new(), fingerprint }
    }

    /// Returns the digest without a key. It is not kept: it only compares connections of one process.
    pub(crate) fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// Returns the version under the current key.
    pub(crate) fn current(&self, keys: &KeyRing) -> ConnectionVersion {
        self.with(keys, |keyed| keyed.current)
    }

    /// Returns whether this is the version under one of the keys.
    pub(crate) fn contain(&self, keys: &KeyRing, version: &ConnectionVersion) -> bool {
        self.with(keys, |keyed| keyed.current == *version || keyed.former.contains(version))
    }

    #[inline]
    fn with<T>(&self, keys: &KeyRing, read: impl FnOnce(&Keyed) -> T) -> T {
        let keyed = self.keyed.get_or_init(|| self.keyed(keys));
        // Two handles may share a connection and have different rings.
        if keyed.keys.is(keys) { read(keyed) } else { read(&self.keyed(keys)) }
    }

    #[cold]
    fn keyed(&self, keys: &KeyRing) -> Keyed {
        let mut versions = keys.macs("connection version", &[&self.fingerprint.to_string()]).into_iter();
        // A ring has at least one key.
        let current = versions.next().unwrap_or(self.fingerprint);
        Keyed { current, keys: keys.clone(), former: versions.collect() }
    }
}

#[cfg(test)]
mod tests {
    use tower_sso_core::keys::Key;

    use super::*;

    #[test]
    fn a_version_is_known_under_every_key_of_the_ring_and_under_no_other() {
        let (old, new, other) =
            (Key::generate().unwrap(), Key::generate().unwrap(), KeyRing::random().unwrap());
        let versions = Versions::new(Digest::of("a", &["settings"]));
        let (before, after) = (KeyRing::new(old.clone()), KeyRing::new(new.clone()));
        let both = KeyRing::new(new).with_former(old);
        let stored = versions.current(&before);
        // Also for a ring that was not the first to ask.
        for _ in 0..2 {
            assert!(versions.contain(&before, &stored) && versions.contain(&both, &stored), "the twins");
            assert!(!versions.contain(&after, &stored) && !versions.contain(&other, &stored));
            assert_eq!(versions.current(&both), versions.current(&after));
            assert_ne!(versions.current(&both), stored);
        }
        let changed = Versions::new(Digest::of("a", &["other settings"]));
        assert!(!changed.contain(&both, &stored) && !changed.contain(&both, &versions.current(&both)));
        assert_ne!(stored, *versions.fingerprint(), "nobody without the key can compute it");
    }
}
