//! One provider, as a client of it: the two halves of a sign-on.

use std::{fmt, sync::Arc};

use super::{Asked, AuthnAsk, Received, SamlLogin, SamlSettings, SpAddresses};
use crate::{Clock, ConfigError, LoginError, LoginErrorKind, provider::Outbound};

/// A provider whose settings add up. Cheap to clone; what was learned from the provider is shared by the clones.
#[derive(Clone)]
pub(crate) struct SamlProvider(Arc<Inner>);

struct Inner {
    settings: SamlSettings,
}

impl SamlProvider {
    /// Takes settings that were checked.
    pub(super) fn new(settings: SamlSettings) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner { settings })))
    }

    /// Begins a sign-on: where the browser goes, and what its answer will be judged by.
    ///
    /// # Errors
    ///
    /// When the provider's metadata can't be had or used; `LookupFailed` without randomness.
    pub(crate) async fn authorize(
        &self,
        _out: &Outbound,
        _ask: AuthnAsk<'_>,
        _clock: &Clock,
    ) -> Result<Asked, LoginError> {
        Err(LoginErrorKind::SamlMetadataFailed.into())
    }

    /// Takes the provider's answer: the form field `SAMLResponse` as it came. `login` is what the request was kept
    /// under; none for a response that nobody asked for.
    ///
    /// The identity counts only once [`Received::replay`] was claimed.
    ///
    /// # Errors
    ///
    /// One kind for each thing that can be wrong with it.
    pub(crate) async fn receive(
        &self,
        _out: &Outbound,
        _login: Option<&SamlLogin>,
        _addresses: &SpAddresses,
        _saml_response: &str,
        _clock: &Clock,
    ) -> Result<Received, LoginError> {
        Err(LoginErrorKind::SamlEncodingInvalid.into())
    }

    /// Our metadata, as the provider's administrator loads it (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// `LookupFailed` when it is to be signed and can't be.
    pub(crate) fn sp_metadata(&self, addresses: &SpAddresses) -> Result<String, LoginError> {
        let _ = addresses;
        Err(LoginErrorKind::LookupFailed.into())
    }

    /// The SP entity ID, to be shown to the provider's administrator: ours for this connection.
    pub(crate) fn sp_entity_id<'a>(&'a self, addresses: &'a SpAddresses) -> &'a str {
        self.0.settings.sp_entity_id.as_deref().unwrap_or(&addresses.metadata)
    }

    /// Whether the connection takes responses that nobody asked for.
    pub(crate) fn accepts_unsolicited(&self) -> bool {
        self.0.settings.accepts_unsolicited
    }

    /// The settings that matter to security, for the connection's version. No keys and certificates: a rollover ends no
    /// session.
    pub(crate) fn version_parts(&self) -> Vec<String> {
        self.0.settings.version_parts()
    }
}

impl fmt::Debug for SamlProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SamlProvider").field(&self.0.settings.idp.name()).finish()
    }
}
