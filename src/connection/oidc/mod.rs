//! OpenID Connect connections: the settings of the provider as a document, which of them are part of the connection's
//! version, and the identity that a verified login gives. The protocol itself is in [`crate::provider::oidc`].

pub(crate) mod document;
pub(crate) mod fingerprint;
pub(crate) mod identity;
