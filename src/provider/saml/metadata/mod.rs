//! Metadata (SAML metadata §2): the provider's metadata, which is parsed and cached, and our own, which is written.

pub(crate) mod ours;
pub(crate) mod refresh;
pub(crate) mod theirs;

pub(super) use self::theirs::{read, read_signed};
