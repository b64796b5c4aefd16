//! XML signatures: accepts one shape, in one place, with the connection's keys, and returns the elements that are
//! then verified.
//!
//! No engine decides which element is signed. A signature must cover the element that contains it, or it is refused.
//! The digest is taken over that very node of the one document that was parsed, and that same node is read.

mod canonical;
pub(crate) mod engine;
pub(crate) mod method;
pub(crate) mod shape;
pub(crate) mod verified;

#[cfg(test)]
pub(super) use self::canonical::{canonical_bytes, canonical_bytes_without};
#[cfg(any(test, feature = "_fuzz"))]
pub(super) use self::engine::counted;
