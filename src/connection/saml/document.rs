//! SAML settings as a document, such as a table of a TOML file.

use std::path::Path;

use serde::Deserialize;
use tower_sso_core::{ConfigError, Secret};
use tower_sso_saml::{NameIdPolicy, RequestBinding, SamlEngine, SpKey};

use crate::connection::{
    saml::{settings::SamlSettings, source::IdpSource},
    source::{Source, duration},
};

/// The settings of a SAML connection as a document. The example shows every field, with its default if it has one:
///
/// ```
/// # use tower_sso::saml::SamlDocument;
/// # let document: SamlDocument = toml::from_str(r#"
/// ## The provider, in one of three ways. The three fields that an administrator copies:
/// entity_id = "https://login.acme.example/saml"
/// sso_url = "https://login.acme.example/saml/sso"
/// slo_url = "https://login.acme.example/saml/slo"   # where logout messages go; may be left out
/// certificate_files = ["acme.crt"]           # relative to the document's directory; or certificates = ["-----BEGIN …"]
/// ## Its metadata as a file (entity_id then only where the file holds several providers):
/// ## metadata_file = "acme-metadata.xml"       # or metadata = "<EntityDescriptor …"
/// ## metadata_certificate_file = "acme.crt"    # signs the metadata, which is otherwise taken as it is; or metadata_certificate
/// ## Its metadata at an address, fetched again from time to time:
/// ## metadata_url = "https://login.acme.example/saml/metadata"
/// ## metadata_certificate_file = "federation.crt"  # signs the metadata; or metadata_certificate
/// ## metadata_refresh = "24h"
/// ## public_addresses_only = false             # true: never connects to a private address
///
/// name_id = "email_address"                  # email_address, persistent, unspecified, none
/// email_attributes = []                      # by exact name; without one: the well-known ones, then an email NameID
/// request_binding = "redirect"               # redirect, post
/// force_authn = false
/// authn_contexts = []
/// require_encryption = false
/// leeway = "60s"
/// response_limit = 196608
/// engine = "default"                         # xmlsec: libxmlsec1 and OpenSSL, with the feature saml-xmlsec
///
/// ## Not set unless written:
/// sp_entity_id = "https://hub.example/saml"  # by default the address of this connection's own metadata
/// subject_attribute = "urn:oasis:names:tc:SAML:attribute:subject-id"   # in place of the NameID
/// max_age = "8h"
///
/// ## Signs requests. A key in PEM (PKCS #8): from an environment variable, from a file, or here; and its certificate.
/// ## signing_key_file = "hub.key"              # or signing_key_env, or signing_key
/// ## signing_certificate_file = "hub.crt"      # or signing_certificate
/// ## next_signing_certificate_file = "next.crt"  # announced beside it, for a rollover; or next_signing_certificate
/// ## sign_metadata = true
///
/// ## Decrypts assertions; several during a rollover.
/// ## [[decryption]]
/// ## key_file = "hub-decryption.key"           # or key_env, or key
/// ## certificate_file = "hub-decryption.crt"   # or certificate
///
/// ## dangerous_accept_unsolicited = true       # unsolicited responses
/// ## dangerous_accept_sha1 = true              # signatures with SHA-1
/// # "#)?;
/// # Ok::<_, toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlDocument {
    #[serde(rename = "entity_id")]
    entity_id: Option<String>,
    #[serde(rename = "sso_url")]
    sso_url: Option<String>,
    #[serde(rename = "slo_url")]
    slo_url: Option<String>,
    #[serde(rename = "certificates")]
    certificates: Option<Vec<String>>,
    #[serde(rename = "certificate_files")]
    certificate_files: Option<Vec<String>>,
    #[serde(rename = "metadata")]
    metadata: Option<String>,
    #[serde(rename = "metadata_file")]
    metadata_file: Option<String>,
    #[serde(rename = "metadata_url")]
    metadata_url: Option<String>,
    #[serde(rename = "metadata_certificate")]
    metadata_certificate: Option<String>,
    #[serde(rename = "metadata_certificate_file")]
    metadata_certificate_file: Option<String>,
    #[serde(rename = "metadata_refresh")]
    metadata_refresh: Option<String>,
    #[serde(rename = "public_addresses_only")]
    public_addresses_only: Option<bool>,
    #[serde(rename = "name_id")]
    name_id: Option<NameIdPolicy>,
    #[serde(rename = "email_attributes")]
    email_attributes: Option<Vec<String>>,
    #[serde(rename = "request_binding")]
    request_binding: Option<RequestBinding>,
    #[serde(rename = "force_authn")]
    force_authn: Option<bool>,
    #[serde(rename = "authn_contexts")]
    authn_contexts: Option<Vec<String>>,
    #[serde(rename = "require_encryption")]
    require_encryption: Option<bool>,
    #[serde(rename = "leeway")]
    leeway: Option<String>,
    #[serde(rename = "response_limit")]
    response_limit: Option<usize>,
    #[serde(rename = "engine")]
    engine: Option<SamlEngine>,
    #[serde(rename = "sp_entity_id")]
    sp_entity_id: Option<String>,
    #[serde(rename = "subject_attribute")]
    subject_attribute: Option<String>,
    #[serde(rename = "max_age")]
    max_age: Option<String>,
    #[serde(rename = "signing_key")]
    signing_key: Option<Secret<String>>,
    #[serde(rename = "signing_key_env")]
    signing_key_env: Option<String>,
    #[serde(rename = "signing_key_file")]
    signing_key_file: Option<String>,
    #[serde(rename = "signing_certificate")]
    signing_certificate: Option<String>,
    #[serde(rename = "signing_certificate_file")]
    signing_certificate_file: Option<String>,
    #[serde(rename = "next_signing_certificate")]
    next_signing_certificate: Option<String>,
    #[serde(rename = "next_signing_certificate_file")]
    next_signing_certificate_file: Option<String>,
    #[serde(rename = "sign_metadata")]
    sign_metadata: Option<bool>,
    #[serde(rename = "decryption")]
    decryption: Option<Vec<DecryptionDocument>>,
    #[serde(rename = "dangerous_accept_unsolicited")]
    dangerous_accept_unsolicited: Option<bool>,
    #[serde(rename = "dangerous_accept_sha1")]
    dangerous_accept_sha1: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecryptionDocument {
    #[serde(rename = "key")]
    key: Option<Secret<String>>,
    #[serde(rename = "key_env")]
    key_env: Option<String>,
    #[serde(rename = "key_file")]
    key_file: Option<String>,
    #[serde(rename = "certificate")]
    certificate: Option<String>,
    #[serde(rename = "certificate_file")]
    certificate_file: Option<String>,
}

impl SamlDocument {
    /// Reads keys and files and returns the settings. Environment variables are looked up with `environment`; paths
    /// of files are relative to `directory`.
    ///
    /// # Errors
    ///
    /// Returns an error if a key or file cannot be read or is given twice, if the provider is not given or is given
    /// in two ways, or if a duration is invalid.
    pub fn into_settings(
        self,
        environment: &dyn Fn(&str) -> Option<String>,
        directory: &Path,
    ) -> Result<SamlSettings, ConfigError> {
        self.settings(Source::Machine { environment, directory })
    }

    pub(crate) fn settings(mut self, source: Source<'_>) -> Result<SamlSettings, ConfigError> {
        let mut settings = SamlSettings::new(self.idp(&source)?);
        self.keys(&source, &mut settings)?;
        settings.own.name_id = self.name_id.unwrap_or_default();
        settings.own.binding = self.request_binding.unwrap_or_default();
        settings.own.engine = self.engine.unwrap_or_default();
        settings.idp.slo_url = self.slo_url;
        settings.own.sp_entity_id = self.sp_entity_id;
        settings.own.subject_attribute = self.subject_attribute;
        settings.own.email_attributes = self.email_attributes.unwrap_or_default();
        settings.own.contexts = self.authn_contexts.unwrap_or_default();
        settings.own.force_authn = self.force_authn.unwrap_or_default();
        settings.own.require_encryption = self.require_encryption.unwrap_or_default();
        if let Some(age) = self.max_age {
            settings = settings.max_age(duration("saml.max_age", &age)?);
        }
        if let Some(leeway) = self.leeway {
            settings = settings.leeway(duration("saml.leeway", &leeway)?);
        }
        if let Some(age) = self.metadata_refresh {
            settings = settings.metadata_refresh(duration("saml.metadata_refresh", &age)?);
        }
        if let Some(bytes) = self.response_limit {
            settings = settings.response_limit(bytes);
        }
        if self.public_addresses_only.unwrap_or_default() {
            settings = settings.public_addresses_only();
        }
        if self.dangerous_accept_unsolicited.unwrap_or_default() {
            settings = settings.dangerous().accept_unsolicited();
        }
        if self.dangerous_accept_sha1.unwrap_or_default() {
            settings = settings.dangerous().accept_sha1();
        }
        Ok(settings)
    }

    fn idp(&mut self, source: &Source<'_>) -> Result<IdpSource, ConfigError> {
        let xml = source.text("saml.metadata", self.metadata.take(), self.metadata_file.take())?;
        let signed_by = source.text(
            "saml.metadata_certificate",
            self.metadata_certificate.take(),
            self.metadata_certificate_file.take(),
        )?;
        let fields =
            self.sso_url.is_some() || self.certificates.is_some() || self.certificate_files.is_some();
        let learns = self.metadata_url.is_some();
        for (set, wanted, field, expected) in [
            (
                signed_by.is_some(),
                learns || xml.is_some(),
                "saml.metadata_certificate",
                "expected metadata, or metadata_url, with it",
            ),
            (
                self.metadata_refresh.is_some(),
                learns,
                "saml.metadata_refresh",
                "expected metadata_url with it",
            ),
        ] {
            if set && !wanted {
                return Err(ConfigError::new(field, expected));
            }
        }
        let entity_id = self.entity_id.take();
        match (xml, self.metadata_url.take(), fields) {
            (Some(xml), None, false) => Ok(IdpSource::MetadataXml { xml, entity_id, signed_by }),
            (None, Some(url), false) => Ok(IdpSource::MetadataUrl { url, entity_id, signed_by }),
            (None, None, true) => Ok(IdpSource::Fields {
                entity_id: entity_id
                    .ok_or_else(|| ConfigError::new("saml.entity_id", "expected the provider's entity ID"))?,
                sso_url: self.sso_url.take().ok_or_else(|| {
                    ConfigError::new("saml.sso_url", "expected the address that requests go to")
                })?,
                certificates: self.certificates(source)?,
            }),
            (None, None, false) | (Some(_), Some(_), _) | (Some(_), _, true) | (_, Some(_), true) => {
                Err(ConfigError::new(
                    "saml",
                    "expected the provider in one way: entity_id, sso_url and certificates; or metadata_file (or \
                     metadata); or metadata_url",
                ))
            }
        }
    }

    fn certificates(&mut self, source: &Source<'_>) -> Result<Vec<String>, ConfigError> {
        let mut certificates = self.certificates.take().unwrap_or_default();
        for (at, file) in self.certificate_files.take().unwrap_or_default().into_iter().enumerate() {
            certificates.push(source.file(&format!("saml.certificate_files[{at}]"), &file)?);
        }
        Ok(certificates)
    }

    fn keys(&mut self, source: &Source<'_>, settings: &mut SamlSettings) -> Result<(), ConfigError> {
        let key = source.read(
            "saml.signing_key",
            self.signing_key.take(),
            self.signing_key_env.take(),
            self.signing_key_file.take(),
        )?;
        let certificate = source.text(
            "saml.signing_certificate",
            self.signing_certificate.take(),
            self.signing_certificate_file.take(),
        )?;
        let next = source.text(
            "saml.next_signing_certificate",
            self.next_signing_certificate.take(),
            self.next_signing_certificate_file.take(),
        )?;
        settings.own.next_certificates = next.into_iter().collect();
        settings.own.signs_metadata = self.sign_metadata.unwrap_or_default();
        settings.own.signing = pair(key, certificate, ["saml.signing_key", "saml.signing_certificate"])?;
        for (at, document) in self.decryption.take().unwrap_or_default().into_iter().enumerate() {
            let (field, of) =
                (format!("saml.decryption[{at}].key"), format!("saml.decryption[{at}].certificate"));
            let key = source.read(&field, document.key, document.key_env, document.key_file)?;
            let certificate = source.text(&of, document.certificate, document.certificate_file)?;
            let pair = pair(key, certificate, [&field, &of])?;
            settings
                .own
                .decryption
                .push(pair.ok_or_else(|| ConfigError::new(field, "expected a key in PEM"))?);
        }
        Ok(())
    }
}

/// Returns a key and its certificate. Both must be given, or neither.
fn pair(
    key: Option<Secret<String>>,
    certificate: Option<String>,
    [of_key, of_certificate]: [&str; 2],
) -> Result<Option<SpKey>, ConfigError> {
    match (key, certificate) {
        (Some(key), Some(certificate)) => Ok(Some(SpKey { key, certificate })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::new(of_certificate, "expected the key's certificate in PEM")),
        (None, Some(_)) => Err(ConfigError::new(of_key, "expected the certificate's key in PEM")),
    }
}
