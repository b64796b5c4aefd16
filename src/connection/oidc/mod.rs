//! OpenID Connect connections: the settings of an organization's provider as a document, and the identity that an SSO
//! login returns. The protocol itself is in [`tower_sso_oidc`].

pub(crate) mod document;
pub(crate) mod fingerprint;
pub(crate) mod identity;
