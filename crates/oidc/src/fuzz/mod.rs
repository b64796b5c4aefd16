//! The bodies of the fuzz targets that read OpenID Connect. They are not part of the API: the feature `_fuzz` is
//! internal.
//!
//! A body takes bytes as an attacker sends them. It asserts not only that nothing panics: an accepted document says
//! exactly what the provider signed, and the work is bounded. Bodies have no state and no clock. Therefore the same
//! bytes always give the same verdict.
//!
//! `tests/corpus` contains the documents that fuzzing starts from. The workspace's `fuzz/` contains the targets for
//! `cargo fuzz`. A target whose name ends in `_bent` takes a *program* instead: bytes that describe how to modify a
//! document of the corpus. The body then gets a document that is almost valid. The tests of this module run the bodies
//! over both kinds of input without `cargo fuzz`.

// A body reports a finding by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod corpus;
pub(crate) mod stage;
#[cfg(test)]
mod tests;

pub use self::{
    corpus::directory,
    stage::{Verdict, oidc_id_token, oidc_metadata},
};
