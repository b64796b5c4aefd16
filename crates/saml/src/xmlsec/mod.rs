//! The second engine: samael with libxmlsec1, libxml2 and OpenSSL, for those who must use the distribution's libraries
//! or validated ones. It needs the feature `xmlsec`.
//!
//! It runs behind the same checks as the default engine, and only answers whether signatures are valid. What is read
//! are the nodes of the one document that our own reader parsed. The bytes that the engine accepts must equal, byte by
//! byte, the canonical form of those nodes.

#[cfg(not(feature = "xmlsec"))]
mod absent;
pub(crate) mod check;
#[cfg(feature = "xmlsec")]
mod decrypt;
#[cfg(feature = "xmlsec")]
mod engine;
#[cfg(feature = "xmlsec")]
mod envelope;
#[cfg(any(test, feature = "_fuzz"))]
pub(crate) mod unable;
#[cfg(feature = "xmlsec")]
pub(crate) mod verify;

#[cfg(not(feature = "xmlsec"))]
pub(crate) use self::absent::{PrivateKey, Xmlsec};
#[cfg(feature = "xmlsec")]
pub(crate) use self::{decrypt::PrivateKey, engine::Xmlsec};
