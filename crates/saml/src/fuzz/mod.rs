//! The bodies of the fuzz targets that read SAML. No part of the API: the feature `_fuzz` is internal.
//!
//! A body takes bytes as an attacker sends them and asserts more than that nothing panics: what is accepted says what
//! the provider signed, to the letter, and the work is bounded. Bodies have no state and no clock: the same bytes give
//! the same verdict.
//!
//! `tests/corpus` holds the documents that they begin with, `fuzz/` of the workspace the targets for `cargo fuzz`. A
//! target whose name ends in `_bent` takes a *program* instead: bytes that say how to bend a document of the corpus, so
//! that what the body gets is nearly right. The tests of this module run the bodies over both without `cargo fuzz`.

// A body says what it found by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod corpus;
pub(crate) mod logout;
pub(crate) mod metadata;
pub(crate) mod plaintext;
pub(crate) mod redirect;
pub(crate) mod response;
mod rules;
pub(crate) mod stage;
#[cfg(test)]
mod tests;

pub use self::{
    corpus::directory, logout::saml_logout, metadata::saml_metadata, plaintext::saml_plaintext,
    redirect::saml_redirect, response::saml_response, stage::Verdict,
};
