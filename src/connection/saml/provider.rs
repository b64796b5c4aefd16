//! [`SamlProvider`]: the provider of a connection. It makes the request of an SSO login and checks the response, with
//! metadata from the settings or fetched from an address. It adds the fetching and the time to the pure protocol in
//! `tower_sso_saml`.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use tower_sso_core::{Clock, internal::later};
use tower_sso_http::Outbound;
use tower_sso_saml::{
    Asked, AuthnAsk, Certificate, Error, IdpMetadata, SamlLogin, ServiceProvider, SpAddresses,
};

use crate::{
    connection::saml::{
        fingerprint,
        identity::Received,
        remote::RemoteMetadata,
        source::{IdpSettings, IdpSource},
    },
    error::login_error::LoginError,
    fingerprint::Fingerprint,
};

/// A provider whose settings passed all checks. Clones are cheap and share the fetched metadata.
#[derive(Clone)]
pub(crate) struct SamlProvider(Arc<Inner>);

struct Inner {
    idp: IdpSettings,
    source: Source,
    own: ServiceProvider,
    /// Our metadata as it was last written, with the addresses in it.
    published: ArcSwapOption<(SpAddresses, String)>,
}

/// Where the metadata of the provider comes from.
pub(crate) enum Source {
    /// From the settings.
    Known(Arc<IdpMetadata>),
    /// From an address.
    RemoteMetadata(Box<RemoteMetadata>),
}

impl SamlProvider {
    pub(crate) fn new(idp: IdpSettings, source: Source, own: ServiceProvider) -> Self {
        Self(Arc::new(Inner { idp, source, own, published: ArcSwapOption::empty() }))
    }

    /// Takes over the metadata that an earlier version of the settings fetched.
    pub(crate) fn adopt(&self, old: &Self) {
        if let (Source::RemoteMetadata(remote), Source::RemoteMetadata(old)) = (&self.0.source, &old.0.source)
        {
            remote.adopt(old);
        }
    }

    /// Makes the request of an SSO login. Returns how the browser takes it to the provider, and the data by which the
    /// response is checked.
    ///
    /// # Errors
    ///
    /// Returns an error if the provider's metadata cannot be fetched or used, and `LookupFailed` if there is no
    /// randomness.
    pub(crate) async fn authorize(
        &self,
        out: &Outbound,
        ask: AuthnAsk<'_>,
        clock: &Clock,
    ) -> Result<Asked, LoginError> {
        let idp = self.idp(out, clock).await?;
        Ok(self.0.own.authn_request(&idp, ask, clock.now())?)
    }

    /// Checks a response: the form field `SAMLResponse` in base64. `login` is what [`authorize`](Self::authorize)
    /// returned for its request, or `None` for an unsolicited response.
    ///
    /// The identity counts only after [`Received::replay`] has been claimed.
    ///
    /// # Errors
    ///
    /// Returns one kind for each check.
    pub(crate) async fn receive(
        &self,
        out: &Outbound,
        login: Option<&SamlLogin>,
        addresses: &SpAddresses,
        saml_response: &str,
        clock: &Clock,
    ) -> Result<Received, LoginError> {
        let own = &self.0.own;
        let response = own.decode_response(login, saml_response)?;
        let validate =
            |idp: &IdpMetadata| own.validate_response(idp, &response, login, addresses, clock.now());
        self.verified(out, clock, validate).await.map(Received::from)
    }

    /// Reads a signed message with the provider's metadata. Metadata from an address is fetched again if no key in it
    /// verifies the signature.
    pub(crate) async fn verified<T>(
        &self,
        out: &Outbound,
        clock: &Clock,
        read: impl Fn(&IdpMetadata) -> Result<T, Error>,
    ) -> Result<T, LoginError> {
        match &self.0.source {
            Source::Known(idp) => Ok(read(idp)?),
            Source::RemoteMetadata(remote) => remote.verified(out, clock, read).await,
        }
    }

    /// Returns our metadata, which the provider's administrator loads (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// Returns `LookupFailed` if the metadata must be signed and cannot be.
    pub(crate) fn sp_metadata(&self, addresses: &SpAddresses) -> Result<String, LoginError> {
        let Inner { own, published, .. } = &*self.0;
        if let Some(published) = &*published.load()
            && published.0 == *addresses
        {
            return Ok(published.1.clone());
        }
        let text = own.metadata(addresses)?;
        // Anyone can request it. It is kept: a signature for each request would cost too much.
        published.store(Some(Arc::new((addresses.clone(), text.clone()))));
        Ok(text)
    }

    /// Returns the name by which an operator recognizes the provider: its entity ID, or the address of its metadata.
    pub(crate) fn display_id(&self) -> &str {
        match (&self.0.idp.source, &self.0.source) {
            (IdpSource::MetadataUrl { entity_id: Some(id), .. }, _) => id.as_str(),
            (IdpSource::MetadataUrl { url, .. }, _) => url,
            (_, Source::Known(idp)) => &idp.entity_id,
            (IdpSource::Fields { .. } | IdpSource::MetadataXml { .. }, Source::RemoteMetadata(_)) => "",
        }
    }

    /// Returns whether the connection accepts unsolicited responses.
    pub(crate) fn accepts_unsolicited(&self) -> bool {
        self.0.own.settings().weakened.accepts_unsolicited()
    }

    /// Returns our side of the connection: the service provider.
    pub(crate) fn own(&self) -> &ServiceProvider {
        &self.0.own
    }

    /// Returns where the metadata of the provider comes from.
    #[cfg(test)]
    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }

    /// Returns a fingerprint of all settings except our keys.
    pub(crate) fn settings_fingerprint(&self) -> Fingerprint {
        fingerprint::fingerprint(&self.0.idp, self.0.own.settings(), self.name())
    }

    /// Returns the fingerprint that is part of the connection's version. Keys and certificates are not part of it.
    pub(crate) fn version(&self) -> Fingerprint {
        fingerprint::version(self.0.own.settings(), self.name())
    }

    /// Returns what has expired or expires within 30 days: `provider_certificate`, `provider_metadata`,
    /// `signing_certificate`, `decryption_certificate`. If the provider has several certificates, the one that expires
    /// last counts. Nothing is fetched.
    ///
    /// An expired certificate does not prevent SSO logins. The operator should know of it.
    pub(crate) fn expiring(&self, now: SystemTime) -> Vec<(&'static str, SystemTime)> {
        const WARNING_PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
        let (idp, ahead) = match &self.0.source {
            Source::Known(idp) => (Some(Arc::clone(idp)), WARNING_PERIOD),
            // Metadata at an address is short-lived by design. Its end is near only if it was not renewed in time.
            Source::RemoteMetadata(remote) => match remote.held() {
                Some((idp, fresh)) => (Some(idp), WARNING_PERIOD.min(fresh.saturating_mul(2))),
                None => (None, WARNING_PERIOD),
            },
        };
        let mut ends = self.0.own.own_ends().to_vec();
        ends.retain(|(_, at)| *at <= later(now, WARNING_PERIOD));
        if let Some(idp) = idp {
            // A bare public key does not expire.
            let ends_of_all: Option<Vec<_>> = idp.keys.iter().map(Certificate::not_after).collect();
            if let Some(at) = ends_of_all.and_then(|ends| ends.into_iter().max())
                && at <= later(now, WARNING_PERIOD)
            {
                ends.push(("provider_certificate", at));
            }
            ends.extend(
                idp.valid_until.filter(|at| *at <= later(now, ahead)).map(|at| ("provider_metadata", at)),
            );
        }
        ends
    }

    /// Returns the provider's entity ID, or the address of its metadata.
    fn name(&self) -> &str {
        match &self.0.source {
            Source::Known(idp) => &idp.entity_id,
            Source::RemoteMetadata(remote) => remote.entity_id.as_deref().unwrap_or(&remote.url),
        }
    }

    /// Returns the provider's metadata, fetched if necessary. [`ServiceProvider`] refuses metadata that has expired.
    pub(crate) async fn idp(&self, out: &Outbound, clock: &Clock) -> Result<Arc<IdpMetadata>, LoginError> {
        match &self.0.source {
            Source::Known(idp) => Ok(Arc::clone(idp)),
            Source::RemoteMetadata(remote) => Ok(Arc::clone(&remote.get(out, clock).await?.value.idp)),
        }
    }
}

impl fmt::Debug for SamlProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SamlProvider").field(&self.name()).finish()
    }
}
