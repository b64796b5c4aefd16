//! Metadata (SAML metadata §2): the provider's metadata, which is parsed, and our own, which is written.

pub(crate) mod fields;
pub(crate) mod ours;
pub(crate) mod theirs;
