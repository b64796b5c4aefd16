//! The settings of a service provider, before they are checked.

use std::time::Duration;

use tower_sso_core::{ConfigError, Secret};

use crate::provider::saml::choices::{NameIdPolicy, RequestBinding, SamlEngine};

/// The settings of a service provider: how it asks, what it accepts, and its keys. What it knows of the identity
/// provider is not part of them.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The entity ID. `None` is the address of the metadata.
    pub(crate) sp_entity_id: Option<String>,
    pub(crate) name_id: NameIdPolicy,
    /// The attribute that identifies the user, instead of the NameID.
    pub(crate) subject_attribute: Option<String>,
    /// The attributes that may contain the email address, instead of the well-known ones.
    pub(crate) email_attributes: Vec<String>,
    pub(crate) binding: RequestBinding,
    pub(crate) force_authn: bool,
    /// How long ago the user may have authenticated at the provider.
    pub(crate) max_age: Option<Duration>,
    /// The acceptable authentication context classes. If there are none, every class is acceptable.
    pub(crate) contexts: Vec<String>,
    pub(crate) signing: Option<SpKey>,
    /// The certificates in PEM of keys that will sign later.
    pub(crate) next_certificates: Vec<String>,
    pub(crate) signs_metadata: bool,
    pub(crate) decryption: Vec<SpKey>,
    pub(crate) require_encryption: bool,
    pub(crate) leeway: Duration,
    /// The maximum size of a decoded message, in bytes.
    pub(crate) response_limit: usize,
    pub(crate) engine: SamlEngine,
    pub(crate) accepts_unsolicited: bool,
    pub(crate) accepts_sha1: bool,
}

/// One of our keys, and the certificate that tells the provider its public key, both in PEM.
#[derive(Clone, Debug)]
pub(crate) struct SpKey {
    pub(crate) key: Secret<String>,
    pub(crate) certificate: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sp_entity_id: None,
            name_id: NameIdPolicy::EmailAddress,
            subject_attribute: None,
            email_attributes: Vec::new(),
            binding: RequestBinding::Redirect,
            force_authn: false,
            max_age: None,
            contexts: Vec::new(),
            signing: None,
            next_certificates: Vec::new(),
            signs_metadata: false,
            decryption: Vec::new(),
            require_encryption: false,
            leeway: Duration::from_secs(60),
            response_limit: 192 * 1024,
            engine: SamlEngine::Default,
            accepts_unsolicited: false,
            accepts_sha1: false,
        }
    }
}

impl Settings {
    /// Checks everything that can be checked without reading a key.
    ///
    /// # Errors
    ///
    /// Names the field and what was expected.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
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
        check("saml.response_limit", limit, "expected from 1 KiB to 1 MiB, in bytes")
    }
}

/// What can stand for an entity or a class: printable, without spaces, so that two names never run into one.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Returns an error about this field unless it is `good`.
///
/// # Errors
///
/// Names the field and what was expected.
pub(crate) fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError::new(field, problem)) }
}
