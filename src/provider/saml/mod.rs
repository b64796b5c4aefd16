//! SAML 2.0: the Web Browser SSO profile, as a service provider.

// Removed when the routes call it.
#![allow(dead_code, unused_imports)]

mod certificate;
mod decrypt;
mod der;
mod open;
mod signature;
#[cfg(test)]
mod tests;
mod xml;

pub(crate) use self::{
    certificate::Certificate,
    decrypt::DecryptionKey,
    open::{Encryption, Opened, Trust, open_response, open_signed, read_unsigned},
    signature::{Sha1, SignatureMethod, VerifiedElement},
    xml::{Element, Kind, Limits, namespace},
};
