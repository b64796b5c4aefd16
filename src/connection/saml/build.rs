//! Checks the settings and builds the provider. Every mistake that can be detected without a request is an error here,
//! not at the first SSO login.

use std::{sync::Arc, time::Duration};

use tower_sso_core::{ConfigError, internal::is_https_or_loopback};
use tower_sso_saml::{
    Certificate, IdpFields, IdpMetadata, RequestBinding, ServiceProvider,
    internal::{Engine, Origin, check, is_name, read, read_signed},
};
use url::Url;

use crate::{
    connection::saml::{
        provider::{SamlProvider, Source},
        remote::RemoteMetadata,
        settings::SamlSettings,
        source::{IdpSettings, IdpSource},
    },
    error::login_error::LoginError,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

impl SamlSettings {
    /// Checks the settings and returns the provider. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid. It names the field (such as `saml.certificates[1]`) and what was
    /// expected.
    pub(crate) fn build(self) -> Result<SamlProvider, ConfigError> {
        self.own.check()?;
        let refresh = (HOUR / 12..=7 * 24 * HOUR).contains(&self.idp.refresh);
        check("saml.metadata_refresh", refresh, "expected from 5 minutes to 7 days")?;
        let engine = Engine::of_settings(self.own.engine)?;
        let source = self.idp.parse(self.own.binding, engine)?;
        Ok(SamlProvider::new(self.idp, source, ServiceProvider::new(self.own)?))
    }
}

impl IdpSettings {
    /// Returns what is known of the provider: its metadata, or the address to fetch it from.
    fn parse(&self, binding: RequestBinding, engine: Engine) -> Result<Source, ConfigError> {
        let by_fields = matches!(self.source, IdpSource::Fields { .. });
        check("saml.slo_url", self.slo_url.is_none() || by_fields, "expected none: the metadata says it")?;
        Ok(match &self.source {
            IdpSource::Fields { entity_id, sso_url, certificates } => {
                Source::Known(Arc::new(IdpMetadata::of_fields(IdpFields {
                    entity_id,
                    sso_url,
                    slo_url: self.slo_url.as_deref(),
                    certificates,
                    binding,
                })?))
            }
            IdpSource::MetadataXml { xml, entity_id, signed_by } => {
                let origin = Origin::given(entity_id.as_deref());
                let metadata = match metadata_signer(signed_by.as_deref())? {
                    None => read(xml, origin),
                    Some(signer) => read_signed(xml, origin, &signer, engine),
                };
                let idp = metadata.map_err(|error| {
                    let error = LoginError::from(error);
                    ConfigError::new("saml.metadata", format!("expected a provider's SAML metadata: {error}"))
                })?;
                check("saml.metadata", is_name(&idp.entity_id), "expected an entityID without spaces")?;
                Source::Known(Arc::new(idp))
            }
            IdpSource::MetadataUrl { url, entity_id, signed_by } => {
                let good = Url::parse(url).is_ok_and(|url| is_https_or_loopback(&url));
                check("saml.metadata_url", good, "expected an https URL (http on loopback only)")?;
                let named = entity_id.as_ref().is_none_or(|id| is_name(id));
                check("saml.entity_id", named, "expected the provider's entity ID, without spaces")?;
                let signer = metadata_signer(signed_by.as_deref())?;
                Source::RemoteMetadata(Box::new(RemoteMetadata {
                    url: url.clone(),
                    entity_id: entity_id.clone(),
                    signer,
                    engine,
                    refresh: self.refresh,
                    reach: self.reach,
                    cache: RemoteMetadata::cache(),
                }))
            }
        })
    }
}

/// Parses the certificate of the key that signs the metadata, if there is one.
fn metadata_signer(text: Option<&str>) -> Result<Option<Certificate>, ConfigError> {
    text.map(|text| Certificate::parse_field(text, "saml.metadata_certificate")).transpose()
}
