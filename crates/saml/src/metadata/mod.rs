//! SAML metadata (SAML metadata §2): the provider's metadata, which is parsed, and our own, which is written.
//!
//! The facts about a provider come from a document or from single fields. Both give the same type.

pub(crate) mod fields;
pub(crate) mod ours;
pub(crate) mod theirs;
