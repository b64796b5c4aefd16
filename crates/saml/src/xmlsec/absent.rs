//! A build without the engine: there is no value of it.

use crate::{cipher::Mode, error::Error, xmlsec::check::SignatureCheck};

/// The engine that is not there.
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

/// A key for an engine that is not there.
pub(crate) struct PrivateKey;

impl PrivateKey {
    pub(crate) fn parse(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
}
