//! The bodies of the fuzz targets that read SAML.

// A body says what it found by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod plaintext;
pub(crate) mod redirect;
pub(crate) mod response;
mod rules;
pub(crate) mod stage;
