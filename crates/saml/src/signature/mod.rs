//! XML signatures: accepts one shape, in one place, with the connection's keys, and returns the elements that are
//! then verified.
//!
//! No engine decides which element is signed. A signature must cover the element that contains it, or it is refused.
//! The digest is taken over that very node of the one document that was parsed, and that same node is read.

pub(crate) mod canonical;
pub(crate) mod shape;
pub(crate) mod verified;
pub(crate) mod verify;
