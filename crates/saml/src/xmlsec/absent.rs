//! The stub for builds without the second engine.
//!
//! `Xmlsec` has no values here, so its methods can never be called. The settings report the missing engine.

use crate::{cipher::Mode, error::Error, xmlsec::check::SignatureCheck};

/// The second engine, of which this build can't create a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Xmlsec {}

impl Xmlsec {
    pub(crate) fn of_this_build() -> Option<Self> {
        None
    }

    pub(crate) fn verify(self, _: &SignatureCheck<'_>) -> Result<(), Error> {
        match self {}
    }

    pub(crate) fn unwrap(self, _: &PrivateKey, _: &[u8]) -> Option<Vec<u8>> {
        match self {}
    }

    pub(crate) fn decrypt(self, _: Mode, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        match self {}
    }
}

/// The placeholder for a key of the second engine.
pub(crate) struct PrivateKey;

impl PrivateKey {
    pub(crate) fn parse(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
}
