//! Where a provider's addresses and keys come from.

use std::time::Duration;

use crate::provider::outbound::address::Reach;

/// Where a provider's addresses and keys come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IdpSource {
    /// The three fields that an administrator copies.
    Fields {
        /// What the provider calls itself, exactly: the `Issuer` of its messages.
        entity_id: String,
        /// Where requests go. `https`, or `http` on loopback.
        sso_url: String,
        /// The certificates that its signatures are checked with, in PEM; at least one. Several during a rollover.
        certificates: Vec<String>,
    },
    /// The provider's metadata (SAML metadata §2).
    ///
    /// Its endpoints have to be `https`. They may be `http` on loopback only where the provider's entity ID is an address
    /// on loopback: of a document that can't change without the operator, the entity ID is what says which provider it is.
    /// For a provider on loopback with another entity ID, use [`Fields`](Self::Fields) or [`MetadataUrl`](Self::MetadataUrl).
    MetadataXml {
        /// The document: an `EntityDescriptor`, or an `EntitiesDescriptor` of many.
        xml: String,
        /// Which entity of the document it is; may be left out where only one is a provider.
        entity_id: Option<String>,
        /// The certificate (PEM) of the key that signs the document; one that it did not sign is then refused.
        signed_by: Option<String>,
    },
    /// The address of the provider's metadata. It is fetched when it is first needed, and again from time to time.
    ///
    /// The endpoints in it have to be `https`. They may be `http` on loopback only where this address is on loopback,
    /// whatever the metadata says of itself.
    MetadataUrl {
        /// `https`, or `http` on loopback.
        url: String,
        /// Which entity of the document it is; may be left out where only one is a provider.
        entity_id: Option<String>,
        /// The certificate (PEM) of the key that signs the metadata; unsigned metadata is then refused.
        signed_by: Option<String>,
    },
}

/// What is known of the provider, and when it is fetched again.
#[derive(Clone, Debug)]
pub(crate) struct IdpSettings {
    pub(crate) source: IdpSource,
    pub(crate) slo_url: Option<String>,
    /// How old a copy of fetched metadata may be.
    pub(crate) refresh: Duration,
    pub(crate) reach: Reach,
}
