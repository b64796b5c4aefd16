//! The bodies of the fuzz targets. No part of the API: the feature `_fuzz` is internal.
//!
//! A body takes bytes as an attacker sends them and asserts more than that nothing panics: what is accepted says what
//! the provider signed, to the letter, and the work is bounded. A body whose name ends in `_bent` takes a *program*
//! instead: bytes that say how to bend a document of the corpus (see `markup`, `segments`), so that what it sends is
//! nearly right. Bodies have no state and no clock: the same bytes give the same verdict.
//!
//! `tests/corpus` holds the documents that they begin with, `fuzz/` the targets for `cargo fuzz`; the tests of this
//! module run the bodies over both without it.

// A body says what it found by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bytes;
pub(crate) mod corpus;
mod markup;
mod program;
mod segments;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use crate::error::kind::LoginErrorKind;

#[cfg(test)]
pub(crate) use self::corpus::{Made, accepted, files};
pub use crate::{
    login::fuzz::return_path,
    provider::{
        oidc::fuzz::{oidc_id_token, oidc_id_token_bent, oidc_metadata, oidc_metadata_bent},
        saml::fuzz::{
            logout::{saml_logout, saml_logout_bent},
            metadata::{saml_metadata, saml_metadata_bent},
            plaintext::{saml_plaintext, saml_plaintext_bent},
            redirect::{saml_redirect, saml_redirect_bent},
            response::{saml_response, saml_response_bent},
        },
    },
};

/// Accepted, or why not.
pub type Verdict = Result<(), LoginErrorKind>;

/// When everything in the corpus happens, in seconds since 1970: in 2026.
pub(crate) const NOW: u64 = 1_780_000_000;

/// What a future comes to that waits for nothing.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a body waits for nothing"),
    }
}
