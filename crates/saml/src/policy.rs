//! The policy by which a document is opened: which keys, algorithms, engine and limits a connection accepts.
//!
//! Only the keys of the connection are trusted. A message can't choose a key.

use crate::{
    certificate::Certificate, decryption_key::DecryptionKey, engine::Engine, method::Sha1,
    xml::limits::Limits,
};

/// The keys that a connection trusts, and what else it accepts.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'t> {
    /// The provider's signing keys. If there are no keys, every signature is refused.
    pub(crate) keys: &'t [Certificate],
    /// Our keys that decrypt assertions.
    pub(crate) decryption_keys: &'t [DecryptionKey],
    /// Whether signatures and digests with SHA-1 are accepted.
    pub(crate) sha1: Sha1,
    /// Whether an assertion must be encrypted.
    pub(crate) encryption: Encryption,
    /// The engine that verifies and decrypts.
    pub(crate) engine: Engine,
    /// How large and complex a document may be.
    pub(crate) limits: Limits,
}

/// Whether assertions must be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// They may be encrypted.
    Optional,
    /// They must be encrypted.
    Required,
}
