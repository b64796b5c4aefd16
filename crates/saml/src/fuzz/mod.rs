//! The bodies of the fuzz targets that read SAML. They are not part of the API: the feature `_fuzz` is internal.
//!
//! A body takes bytes as an attacker sends them. It asserts more than that nothing panics: an accepted document must
//! say exactly what the provider signed, and the work must be bounded. Bodies have no state and no clock: the same
//! bytes give the same verdict.
//!
//! `tests/corpus` contains the documents that fuzzing begins with, and the workspace's `fuzz/` the targets for
//! `cargo fuzz`. A target whose name ends in `_bent` takes a *program* instead: bytes that say how to change a document of the
//! corpus. In this way the body gets documents that are almost valid. The tests of this module run the bodies over both
//! kinds of input without `cargo fuzz`.

// A body reports what it found by panicking.
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
