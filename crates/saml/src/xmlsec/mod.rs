//! The second engine: libxmlsec1, libxml2 and OpenSSL by way of samael, for those who must use the distribution's
//! libraries or validated ones. Only with the feature `xmlsec`.
//!
//! It answers yes or no, behind every check that the default engine is asked behind, and never says what is read: that
//! are the nodes of the one document that our own reader parsed. What it says yes to has to be, byte by byte, the
//! canonical form of those nodes.

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
