//! One provider, as a client of it: what is fetched from it, and the two halves of an SSO login.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use tower_sso_core::{Clock, internal::later};

use crate::{
    connection::saml::{
        fingerprint,
        identity::Received,
        remote::RemoteMetadata,
        source::{IdpSettings, IdpSource},
    },
    error::login_error::LoginError,
    fingerprint::Fingerprint,
    provider::{
        outbound::client::Outbound,
        saml::{
            certificate::Certificate,
            error::Error,
            login::{Asked, AuthnAsk, SamlLogin, SpAddresses},
            metadata::theirs::IdpMetadata,
            service_provider::ServiceProvider,
        },
    },
};

/// A provider whose settings add up. Cheap to clone; what was learned from the provider is shared by the clones.
#[derive(Clone)]
pub(crate) struct SamlProvider(Arc<Inner>);

struct Inner {
    idp: IdpSettings,
    source: Source,
    own: ServiceProvider,
    /// Our metadata as it was signed last.
    published: ArcSwapOption<(SpAddresses, String)>,
}

/// Where what is known of the provider comes from.
pub(crate) enum Source {
    /// The settings.
    Known(Arc<IdpMetadata>),
    /// The address of its metadata.
    RemoteMetadata(Box<RemoteMetadata>),
}

impl SamlProvider {
    pub(crate) fn new(idp: IdpSettings, source: Source, own: ServiceProvider) -> Self {
        Self(Arc::new(Inner { idp, source, own, published: ArcSwapOption::empty() }))
    }

    /// Takes over what an earlier version of the settings has learned.
    pub(crate) fn adopt(&self, old: &Self) {
        if let (Source::RemoteMetadata(learned), Source::RemoteMetadata(old)) =
            (&self.0.source, &old.0.source)
        {
            learned.adopt(old);
        }
    }

    /// Begins an SSO login: where the browser goes, and what its answer will be judged by.
    ///
    /// # Errors
    ///
    /// When the provider's metadata can't be had or used; `LookupFailed` without randomness.
    pub(crate) async fn authorize(
        &self,
        out: &Outbound,
        ask: AuthnAsk<'_>,
        clock: &Clock,
    ) -> Result<Asked, LoginError> {
        let idp = self.idp(out, clock).await?;
        Ok(self.0.own.authn_request(&idp, ask, clock.now())?)
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

    /// Reads what the provider signed, by what is known of it.
    pub(crate) async fn verified<T>(
        &self,
        out: &Outbound,
        clock: &Clock,
        read: impl Fn(&IdpMetadata) -> Result<T, Error>,
    ) -> Result<T, LoginError> {
        let read = |idp: &IdpMetadata| idp.check_valid(clock.now()).and_then(|()| read(idp));
        match &self.0.source {
            Source::Known(idp) => Ok(read(idp)?),
            Source::RemoteMetadata(learned) => learned.verified(out, clock, read).await,
        }
    }

    /// Our metadata, as the provider's administrator loads it (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// `LookupFailed` when it is to be signed and can't be.
    pub(crate) fn sp_metadata(&self, addresses: &SpAddresses) -> Result<String, LoginError> {
        let Inner { own, published, .. } = &*self.0;
        if let Some(published) = &*published.load()
            && published.0 == *addresses
        {
            return Ok(published.1.clone());
        }
        let text = own.metadata(addresses)?;
        // Anybody can ask for it: a signature is not made for each of them.
        published.store(Some(Arc::new((addresses.clone(), text.clone()))));
        Ok(text)
    }

    /// What an operator knows the provider by: its entity ID, or where its metadata is.
    pub(crate) fn known_by(&self) -> &str {
        match (&self.0.idp.source, &self.0.source) {
            (IdpSource::MetadataUrl { entity_id: Some(id), .. }, _) => id.as_str(),
            (IdpSource::MetadataUrl { url, .. }, _) => url,
            (_, Source::Known(idp)) => &idp.entity_id,
            (IdpSource::Fields { .. } | IdpSource::MetadataXml { .. }, Source::RemoteMetadata(_)) => "",
        }
    }

    /// Whether the connection takes responses that nobody asked for.
    pub(crate) fn accepts_unsolicited(&self) -> bool {
        self.0.own.settings.accepts_unsolicited
    }

    /// The service provider that the connection is.
    pub(crate) fn own(&self) -> &ServiceProvider {
        &self.0.own
    }

    /// Where what is known of the provider comes from.
    #[cfg(test)]
    pub(crate) fn source(&self) -> &Source {
        &self.0.source
    }

    /// Its settings, without keys of ours.
    pub(crate) fn settings_fingerprint(&self) -> Fingerprint {
        fingerprint::fingerprint(&self.0.idp, &self.0.own.settings, self.name())
    }

    /// The settings that matter to security, for the connection's version. No keys and certificates: a rollover ends no
    /// session.
    pub(crate) fn version(&self) -> Fingerprint {
        fingerprint::version(&self.0.own.settings, self.name())
    }

    /// What ends within 30 days, or has ended: `provider_certificate`, `provider_metadata`, `signing_certificate`,
    /// `decryption_certificate`. Of several certificates of the provider's the last one counts. Nothing is fetched.
    ///
    /// A certificate's end stops nobody: it is for the operator to know.
    pub(crate) fn expiring(&self, now: SystemTime) -> Vec<(&'static str, SystemTime)> {
        const WARNING_PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
        let (idp, ahead) = match &self.0.source {
            Source::Known(idp) => (Some(Arc::clone(idp)), WARNING_PERIOD),
            // Metadata at an address is short-lived by design: only when it was not renewed is its end near.
            Source::RemoteMetadata(learned) => match learned.held() {
                Some((idp, fresh)) => (Some(idp), WARNING_PERIOD.min(fresh.saturating_mul(2))),
                None => (None, WARNING_PERIOD),
            },
        };
        let mut ends = self.0.own.own_ends.clone();
        ends.retain(|(_, at)| *at <= later(now, WARNING_PERIOD));
        if let Some(idp) = idp {
            // A bare public key has no end.
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

    /// The provider's entity ID, or where it is learned.
    fn name(&self) -> &str {
        match &self.0.source {
            Source::Known(idp) => &idp.entity_id,
            Source::RemoteMetadata(learned) => learned.entity_id.as_deref().unwrap_or(&learned.url),
        }
    }

    pub(crate) async fn idp(&self, out: &Outbound, clock: &Clock) -> Result<Arc<IdpMetadata>, LoginError> {
        let idp = match &self.0.source {
            Source::Known(idp) => Arc::clone(idp),
            Source::RemoteMetadata(learned) => Arc::clone(&learned.get(out, clock).await?.value.idp),
        };
        idp.check_valid(clock.now())?;
        Ok(idp)
    }
}

impl fmt::Debug for SamlProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SamlProvider").field(&self.name()).finish()
    }
}
