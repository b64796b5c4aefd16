//! What a connection accepts: with which keys, algorithms and limits a document is opened.

use crate::{
    certificate::Certificate, decryption_key::DecryptionKey, engine::Engine, method::Sha1,
    xml::limits::Limits,
};

/// What a connection believes.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'t> {
    /// The provider's signing keys. Without one nothing is believed.
    pub(crate) keys: &'t [Certificate],
    /// Our keys that assertions are encrypted for.
    pub(crate) decryption_keys: &'t [DecryptionKey],
    /// Whether signatures and digests with SHA-1 are.
    pub(crate) sha1: Sha1,
    /// Whether an assertion that is not encrypted is.
    pub(crate) encryption: Encryption,
    /// What verifies and decrypts.
    pub(crate) engine: Engine,
    /// How large and complex a document may be.
    pub(crate) limits: Limits,
}

/// Whether assertions have to be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// They may be.
    Optional,
    /// They must be.
    Required,
}
