//! The identity provider of a connection, of either protocol. What depends on the protocol is matched here and in
//! `login`.

use crate::fingerprint::Fingerprint;

/// The identity provider of a connection.
#[derive(Debug)]
pub(crate) enum Provider {
    #[cfg(feature = "oidc")]
    Oidc(tower_sso_oidc::OidcProvider),
    #[cfg(feature = "saml")]
    Saml(crate::connection::saml::provider::SamlProvider),
}

impl Provider {
    /// Returns a fingerprint of the provider's settings, without our secrets and keys.
    pub(crate) fn settings_fingerprint(&self) -> Fingerprint {
        match *self {
            #[cfg(feature = "oidc")]
            Self::Oidc(ref provider) => {
                crate::connection::oidc::fingerprint::fingerprint(provider.settings())
            }
            #[cfg(feature = "saml")]
            Self::Saml(ref provider) => provider.settings_fingerprint(),
        }
    }
}
