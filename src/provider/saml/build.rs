//! Settings parsed into a provider: whatever does not add up is found here, before anyone logs in with SSO.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::ConfigError;
use url::Url;

use crate::{
    fingerprint::Fingerprint,
    provider::{
        address::{NamedBy, provider_address},
        outbound::address::{Reach, is_https_or_loopback},
        saml::{
            certificate::Certificate,
            choices::{IdpSource, SamlEngine},
            decrypt::DecryptionKey,
            metadata::{
                self,
                refresh::RemoteMetadata,
                theirs::{Endpoint, Idp, Origin},
            },
            provider::{Inner, SamlProvider, Source},
            settings::{SamlSettings, SpKey},
            signing::{SigningKey, pem},
            xmlsec::Engine,
        },
    },
};

const HOUR: Duration = Duration::from_secs(60 * 60);

impl SamlSettings {
    /// Parses the settings into a provider. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// Names the field (such as `saml.certificates[1]`) and what was expected.
    pub(crate) fn build(self) -> Result<SamlProvider, ConfigError> {
        self.check_plain()?;
        let engine = Engine::of(self.engine).ok_or_else(|| {
            ConfigError::new("saml.engine", "expected default: this build is without the feature saml-xmlsec")
        })?;
        let source = self.source(engine)?;
        let (signing, mut signing_certificates) = match &self.signing {
            Some(key) => {
                let (key, certificate) = our_key(key, "saml.signing_key", "saml.signing_certificate")?;
                (Some(key), vec![certificate])
            }
            None => (None, Vec::new()),
        };
        for (at, certificate) in self.next_certificates.iter().enumerate() {
            let field = format!("saml.next_signing_certificates[{at}]");
            signing_certificates.push(base64_of(certificate, &field)?);
        }
        let unsigned = (self.signs_metadata || !self.next_certificates.is_empty()) && signing.is_none();
        check(
            "saml.signing_key",
            !unsigned,
            "expected a key to sign the metadata with, or to be followed by another",
        )?;
        let (mut encryption_certificates, mut decryption_keys) = (Vec::new(), Vec::new());
        for (at, key) in self.decryption.iter().enumerate() {
            let field = format!("saml.decryption[{at}]");
            let (parsed, certificate) =
                our_key(key, &format!("{field}.key"), &format!("{field}.certificate"))?;
            let rsa = matches!(parsed, SigningKey::Rsa(_));
            check(&format!("{field}.key"), rsa, "expected an RSA key: others can't decrypt")?;
            encryption_certificates.push(certificate);
            decryption_keys.push(
                DecryptionKey::parse_pem(&key.key)
                    .map_err(|error| ConfigError::new(format!("{field}.key"), error.problem()))?,
            );
        }
        let decrypts = !self.require_encryption || !encryption_certificates.is_empty();
        check("saml.require_encryption", decrypts, "expected a decryption key with it")?;
        let own = self.signing.iter().map(|key| ("signing_certificate", &key.certificate));
        let own = own.chain(self.decryption.iter().map(|key| ("decryption_certificate", &key.certificate)));
        let own_ends = own
            .filter_map(|(what, text)| Some((what, Certificate::parse_text(text).ok()?.not_after()?)))
            .collect();
        Ok(SamlProvider(Arc::new(Inner {
            published: ArcSwapOption::empty(),
            own_ends,
            settings: self,
            source,
            engine,
            signing,
            signing_certificates,
            encryption_certificates,
            decryption_keys,
        })))
    }

    fn check_plain(&self) -> Result<(), ConfigError> {
        if let Some(entity_id) = &self.sp_entity_id {
            check(
                "saml.sp_entity_id",
                is_name(entity_id),
                "expected 1 to 1024 printable characters without spaces",
            )?;
        }
        let named = |name: &String| (1..=1024).contains(&name.len()) && !name.contains(char::is_control);
        if let Some(name) = &self.subject_attribute {
            check("saml.subject_attribute", named(name), "expected an attribute's name")?;
        }
        check(
            "saml.email_attributes",
            self.email_attributes.iter().all(named),
            "expected attributes' names",
        )?;
        let classes = self.contexts.iter().all(|class| is_name(class));
        check("saml.authn_contexts", classes, "expected URIs of authentication context classes")?;
        check("saml.leeway", self.leeway <= 10 * Duration::from_secs(60), "expected at most 10 minutes")?;
        let sha1 = self.accepts_sha1 && self.engine == SamlEngine::Xmlsec;
        check("saml.engine", !sha1, "expected default: xmlsec verifies no SHA-1")?;
        let limit = (1024..=1024 * 1024).contains(&self.response_limit);
        check("saml.response_limit", limit, "expected from 1 KiB to 1 MiB, in bytes")?;
        let refresh = (HOUR / 12..=7 * 24 * HOUR).contains(&self.refresh);
        check("saml.metadata_refresh", refresh, "expected from 5 minutes to 7 days")
    }

    fn source(&self, engine: Engine) -> Result<Source, ConfigError> {
        let by_fields = matches!(self.idp, IdpSource::Fields { .. });
        check("saml.slo_url", self.slo_url.is_none() || by_fields, "expected none: the metadata says it")?;
        Ok(match &self.idp {
            IdpSource::Fields { entity_id, sso_url, certificates } => {
                check(
                    "saml.entity_id",
                    is_name(entity_id),
                    "expected the provider's entity ID, without spaces",
                )?;
                let location = typed("saml.sso_url", sso_url)?;
                let endpoint =
                    |location| Endpoint { binding: self.binding, location, response_location: None };
                let slo = self.slo_url.as_ref().map(|url| typed("saml.slo_url", url));
                check(
                    "saml.certificates",
                    !certificates.is_empty(),
                    "expected at least one certificate in PEM",
                )?;
                let keys = certificates
                    .iter()
                    .enumerate()
                    .map(|(at, text)| certificate(text, &format!("saml.certificates[{at}]")))
                    .collect::<Result<Vec<_>, _>>()?;
                Source::Known(Arc::new(Idp {
                    entity_id: entity_id.clone(),
                    sso: vec![endpoint(location)],
                    slo: slo.transpose()?.map(endpoint).into_iter().collect(),
                    keys,
                    valid_until: None,
                    cache_for: None,
                }))
            }
            IdpSource::MetadataXml { xml, entity_id, signed_by } => {
                let origin = Origin::given(entity_id.as_deref());
                let read = match metadata_signer(signed_by.as_deref())? {
                    None => metadata::read(xml, origin),
                    Some(signer) => metadata::read_signed(xml, origin, &signer, engine),
                };
                let idp = read.map_err(|error| {
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

    /// What a session's connection version depends on: who vouches, for whom, and by which rules. What only changes how
    /// it is asked or where (binding, addresses, leeway) is left out, and so are keys and certificates: a rollover, even
    /// one that nobody planned, ends no session. `provider` is the provider's entity ID, or where it is learned from.
    pub(super) fn version(&self, provider: &str) -> Fingerprint {
        Fingerprint::default()
            .with("provider", [provider])
            .with("sp_entity_id", &self.sp_entity_id)
            .with("name_id", [self.name_id.as_str()])
            .with("subject_attribute", &self.subject_attribute)
            .with("max_age", self.max_age.map(|age| age.as_nanos()))
            .with("force_authn", [self.force_authn])
            .with("require_encryption", [self.require_encryption])
            .with("accept_unsolicited", [self.accepts_unsolicited])
            .with("accept_sha1", [self.accepts_sha1])
            .with("email_attributes", &self.email_attributes)
            .with("authn_contexts", &self.contexts)
    }

    /// All of it but our keys: what a reload compares. `provider` is as for the version.
    pub(super) fn fingerprint(&self, provider: &str) -> Fingerprint {
        let Self {
            idp,
            slo_url,
            sp_entity_id: _,
            name_id: _,
            subject_attribute: _,
            email_attributes: _,
            binding,
            force_authn: _,
            max_age: _,
            contexts: _,
            signing,
            next_certificates,
            signs_metadata,
            decryption,
            require_encryption: _,
            leeway,
            response_limit,
            refresh,
            reach,
            engine,
            accepts_unsolicited: _,
            accepts_sha1: _,
        } = self;
        self.version(provider)
            .and(idp.fingerprint())
            .with("slo_url", slo_url)
            .with("request_binding", [binding.as_str()])
            .with("signing_certificate", signing.as_ref().map(|pair| &pair.certificate))
            .with("next_signing_certificates", next_certificates)
            .with("sign_metadata", [signs_metadata])
            .with("decryption_certificates", decryption.iter().map(|pair| &pair.certificate))
            .with("leeway", [leeway.as_nanos()])
            .with("response_limit", [response_limit])
            .with("metadata_refresh", [refresh.as_nanos()])
            .with("public_addresses_only", [*reach == Reach::PublicOnly])
            .with("engine", [engine.as_str()])
    }
}

impl IdpSource {
    fn fingerprint(&self) -> Fingerprint {
        let source = Fingerprint::default();
        match self {
            Self::Fields { entity_id, sso_url, certificates } => source
                .with("entity_id", [entity_id])
                .with("sso_url", [sso_url])
                .with("certificates", certificates),
            Self::MetadataXml { xml, entity_id, signed_by } => source
                .with("metadata", [xml])
                .with("entity_id", entity_id)
                .with("metadata_certificate", signed_by),
            Self::MetadataUrl { url, entity_id, signed_by } => source
                .with("metadata_url", [url])
                .with("entity_id", entity_id)
                .with("metadata_certificate", signed_by),
        }
    }
}

/// One of our keys, and its certificate in base64 of DER: they have to be of one pair.
fn our_key(pair: &SpKey, field: &str, of_certificate: &str) -> Result<(SigningKey, String), ConfigError> {
    let key = SigningKey::parse(&pair.key).map_err(|problem| ConfigError::new(field, problem))?;
    let parsed = certificate(&pair.certificate, of_certificate)?;
    // The key is the last thing in a SubjectPublicKeyInfo (RFC 5280 §4.1).
    let fits = parsed.public_key().ends_with(key.public());
    check(of_certificate, fits, "expected the certificate of the very key that is given with it")?;
    Ok((key, base64_of(&pair.certificate, of_certificate)?))
}

fn metadata_signer(text: Option<&str>) -> Result<Option<Certificate>, ConfigError> {
    text.map(|text| certificate(text, "saml.metadata_certificate")).transpose()
}

fn certificate(text: &str, field: &str) -> Result<Certificate, ConfigError> {
    Certificate::parse_text(text).map_err(|error| ConfigError::new(field, error.problem()))
}

fn base64_of(text: &str, field: &str) -> Result<String, ConfigError> {
    certificate(text, field)?;
    match pem(text) {
        Some(("CERTIFICATE", der)) => Ok(STANDARD.encode(der)),
        Some(_) | None => Err(ConfigError::new(field, "expected a certificate in PEM")),
    }
}

/// An address that the operator typed, as it is written.
fn typed(field: &str, address: &str) -> Result<String, ConfigError> {
    provider_address(address, NamedBy::Operator)
        .map_err(|problem| ConfigError::new(field, problem.to_string()))?;
    Ok(address.to_owned())
}

/// What can stand for an entity or a class: printable, without spaces, so that two names never run into one.
fn is_name(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError::new(field, problem)) }
}
