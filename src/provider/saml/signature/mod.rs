//! XML signatures: one shape, one place, the connection's keys; and what may be read when they are valid.
//!
//! No engine decides which element is signed. A signature covers the element it stands in, or it is refused: the
//! digest is taken over that very node of the one document that was parsed, and that node is what is read.

mod canonical;
mod engine;
mod method;
mod shape;
mod verified;

pub(super) use self::{engine::cover, shape::base64};
pub(crate) use self::{
    method::{KeyKind, Sha1, SignatureMethod},
    verified::VerifiedElement,
};

#[cfg(test)]
pub(super) use self::canonical::{canonical_bytes, canonical_bytes_without};
#[cfg(any(test, feature = "_fuzz"))]
pub(super) use self::engine::counted;
