//! Where the addresses and keys of a SAML provider come from: three fields, a metadata document, or an address.

use std::time::Duration;

use tower_sso_http::Reach;

/// Where the addresses and keys of a provider come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IdpSource {
    /// From three fields that an administrator copies.
    Fields {
        /// The provider's entity ID, which is compared exactly with the `Issuer` of its messages.
        entity_id: String,
        /// The address to which requests are sent: `https`, or `http` on loopback.
        sso_url: String,
        /// The certificates (PEM) with which its signatures are checked. At least one; several during a rollover.
        certificates: Vec<String>,
    },
    /// From the provider's metadata document (SAML metadata §2).
    ///
    /// Its endpoints must be `https`. They may be `http` on loopback only if the provider's entity ID is an address on
    /// loopback: a document does not change without the operator, and its entity ID says which provider it is. For a
    /// provider on loopback with another entity ID, use [`Fields`](Self::Fields) or [`MetadataUrl`](Self::MetadataUrl).
    MetadataXml {
        /// The document: an `EntityDescriptor`, or an `EntitiesDescriptor` with several entities.
        xml: String,
        /// The entity ID of the provider within the document. Optional if only one entity is a provider.
        entity_id: Option<String>,
        /// The certificate (PEM) of the key that signs the document. If it is set, a document without a valid signature
        /// of this key is refused.
        signed_by: Option<String>,
    },
    /// From the address of the provider's metadata, which is fetched when it is first needed, and again from time to
    /// time.
    ///
    /// The endpoints in the metadata must be `https`. They may be `http` on loopback only if this address is on
    /// loopback. The entity ID in the metadata makes no difference.
    MetadataUrl {
        /// The address: `https`, or `http` on loopback.
        url: String,
        /// The entity ID of the provider within the document. Optional if only one entity is a provider.
        entity_id: Option<String>,
        /// The certificate (PEM) of the key that signs the metadata. If it is set, metadata without a valid signature
        /// of this key is refused.
        signed_by: Option<String>,
    },
}

/// The settings about the provider's side of a connection.
#[derive(Clone, Debug)]
pub(crate) struct IdpSettings {
    pub(crate) source: IdpSource,
    pub(crate) slo_url: Option<String>,
    /// How old a copy of fetched metadata may be.
    pub(crate) refresh: Duration,
    pub(crate) reach: Reach,
}
