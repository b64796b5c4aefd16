//! A build without the engine: there is no value of it.

use super::SignatureCheck;
use crate::{login::LoginError, provider::saml::cipher::Mode};

/// The engine that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Xmlsec {}

impl Xmlsec {
    pub(super) fn of_this_build() -> Option<Self> {
        None
    }

    pub(in super::super) fn verify(self, _: &SignatureCheck<'_>) -> Result<(), LoginError> {
        match self {}
    }

    pub(in super::super) fn unwrap(self, _: &PrivateKey, _: &[u8]) -> Option<Vec<u8>> {
        match self {}
    }

    pub(in super::super) fn decrypt(self, _: Mode, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        match self {}
    }
}

/// A key for an engine that is not there.
pub(crate) struct PrivateKey;

impl PrivateKey {
    pub(in super::super) fn parse(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
}
