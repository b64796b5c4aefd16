//! Makes a service provider from its settings.
//!
//! Every mistake that can be found without a message from the provider is found here: wrong keys, certificates that do
//! not belong to their key, and settings that contradict each other. Each error names its field.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::ConfigError;

use crate::{
    certificate::Certificate,
    decryption_key::DecryptionKey,
    engine::Engine,
    service_provider::ServiceProvider,
    settings::{Settings, SpKey, check},
    signing::{SigningKey, pem},
};

impl ServiceProvider {
    /// Checks the settings and parses their keys.
    ///
    /// # Errors
    ///
    /// Returns an error that names the field (such as `saml.decryption[1].key`) and says what was expected.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        settings.check()?;
        let engine = Engine::of_settings(settings.engine)?;
        let (signing, mut signing_certificates) = match &settings.signing {
            Some(key) => {
                let (key, certificate) = our_key(key, "saml.signing_key", "saml.signing_certificate")?;
                (Some(key), vec![certificate])
            }
            None => (None, Vec::new()),
        };
        for (at, certificate) in settings.next_certificates.iter().enumerate() {
            let field = format!("saml.next_signing_certificates[{at}]");
            signing_certificates.push(base64_of(certificate, &field)?);
        }
        let unsigned =
            (settings.signs_metadata || !settings.next_certificates.is_empty()) && signing.is_none();
        check(
            "saml.signing_key",
            !unsigned,
            "expected a key to sign the metadata with, or to be followed by another",
        )?;
        let (mut encryption_certificates, mut decryption_keys) = (Vec::new(), Vec::new());
        for (at, key) in settings.decryption.iter().enumerate() {
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
        let decrypts = !settings.require_encryption || !encryption_certificates.is_empty();
        check("saml.require_encryption", decrypts, "expected a decryption key with it")?;
        let own = settings.signing.iter().map(|key| ("signing_certificate", &key.certificate));
        let own =
            own.chain(settings.decryption.iter().map(|key| ("decryption_certificate", &key.certificate)));
        let own_ends = own
            .filter_map(|(what, text)| Some((what, Certificate::parse_text(text).ok()?.not_after()?)))
            .collect();
        Ok(Self {
            own_ends,
            settings,
            engine,
            signing,
            signing_certificates,
            encryption_certificates,
            decryption_keys,
        })
    }
}

/// Parses one of our keys and its certificate, which must belong together. The certificate is returned as base64 of
/// DER.
fn our_key(pair: &SpKey, field: &str, of_certificate: &str) -> Result<(SigningKey, String), ConfigError> {
    let key = SigningKey::parse(&pair.key).map_err(|problem| ConfigError::new(field, problem))?;
    let parsed = Certificate::parse_field(&pair.certificate, of_certificate)?;
    // The public key is at the end of a SubjectPublicKeyInfo (RFC 5280 §4.1).
    let fits = parsed.public_key().ends_with(key.public());
    check(of_certificate, fits, "expected the certificate of the very key that is given with it")?;
    Ok((key, base64_of(&pair.certificate, of_certificate)?))
}

fn base64_of(text: &str, field: &str) -> Result<String, ConfigError> {
    Certificate::parse_field(text, field)?;
    match pem(text) {
        Some(("CERTIFICATE", der)) => Ok(STANDARD.encode(der)),
        Some(_) | None => Err(ConfigError::new(field, "expected a certificate in PEM")),
    }
}
