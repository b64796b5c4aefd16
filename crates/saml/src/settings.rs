//! The settings of a service provider, as the operator gives them.
//!
//! `Settings::check` checks everything that can be checked without reading a key; `ServiceProvider::new` parses the
//! keys. Settings that weaken a check can be changed only through `Settings::dangerous`.
//!
//! | setting | default |
//! |---|---|
//! | our entity ID | the address of our metadata |
//! | NameID that requests ask for | an email address |
//! | binding of requests | HTTP Redirect, unsigned |
//! | leeway for the provider's clock | 60 seconds |
//! | size of a message | 192 KiB |
//! | unsolicited responses, SHA-1 | refused |

use std::time::Duration;

use tower_sso_core::{ConfigError, Secret};

use crate::choices::{NameIdPolicy, RequestBinding, SamlEngine};

/// The settings of a service provider: what it requests, what it accepts, and its keys. Facts about the identity
/// provider are not part of the settings.
///
/// ```
/// use std::time::Duration;
/// use tower_sso_saml::{NameIdPolicy, ServiceProvider, Settings};
///
/// let settings = Settings {
///     name_id: NameIdPolicy::Persistent,
///     email_attributes: vec!["mail".to_owned()],
///     max_age: Some(Duration::from_secs(8 * 60 * 60)),
///     ..Settings::default()
/// };
/// let sp = ServiceProvider::new(settings)?;
/// assert_eq!(sp.settings().leeway, Duration::from_secs(60));
///
/// let loose = Settings { leeway: Duration::from_secs(3600), ..Settings::default() };
/// assert!(loose.check().unwrap_err().to_string().contains("saml.leeway"));
/// # Ok::<(), tower_sso_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Our entity ID. If it is `None`, the address of our metadata is the entity ID.
    pub sp_entity_id: Option<String>,
    /// Which kind of NameID requests ask for.
    pub name_id: NameIdPolicy,
    /// The attribute that identifies the user, instead of the NameID.
    pub subject_attribute: Option<String>,
    /// The attributes that may contain the email address, instead of the well-known ones.
    pub email_attributes: Vec<String>,
    /// How authentication requests are sent.
    pub binding: RequestBinding,
    /// Whether every request asks the provider to authenticate the user again.
    pub force_authn: bool,
    /// How long ago the user may have authenticated at the provider. `None` means no limit.
    pub max_age: Option<Duration>,
    /// The acceptable authentication context classes. If there are none, every class is acceptable.
    pub contexts: Vec<String>,
    /// The key that signs requests. `None` sends them unsigned.
    pub signing: Option<SpKey>,
    /// The certificates, in PEM, of keys that will sign later.
    pub next_certificates: Vec<String>,
    /// Whether our metadata is signed.
    pub signs_metadata: bool,
    /// The keys that decrypt assertions. All of them are tried.
    pub decryption: Vec<SpKey>,
    /// Whether assertions that are not encrypted are refused.
    pub require_encryption: bool,
    /// How far our clock and the provider's clock may differ. At most 10 minutes.
    pub leeway: Duration,
    /// The maximum size of a decoded message, in bytes.
    pub response_limit: usize,
    /// Which libraries verify signatures and decrypt assertions.
    pub engine: SamlEngine,
    /// The checks that are weakened. Only [`Settings::dangerous`] changes them.
    pub weakened: Weakened,
}

/// The checks that are weakened. By default none is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weakened {
    unsolicited: bool,
    sha1: bool,
}

impl Weakened {
    /// Returns whether unsolicited responses are accepted (SAML profiles §4.1.5).
    pub fn accepts_unsolicited(self) -> bool {
        self.unsolicited
    }

    /// Returns whether signatures and digests with SHA-1 are accepted.
    pub fn accepts_sha1(self) -> bool {
        self.sha1
    }
}

/// One of our keys, and the certificate that tells the provider its public key, both in PEM.
#[derive(Clone, Debug)]
pub struct SpKey {
    /// The private key.
    pub key: Secret<String>,
    /// The certificate.
    pub certificate: String,
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
            weakened: Weakened::default(),
        }
    }
}

impl Settings {
    /// Returns the settings that weaken a check. The documentation of each says what you must ensure instead.
    #[must_use]
    pub fn dangerous(self) -> DangerousSettings {
        DangerousSettings(self)
    }

    /// Checks everything that can be checked without reading a key.
    ///
    /// # Errors
    ///
    /// Returns an error that names the field and says what was expected.
    pub fn check(&self) -> Result<(), ConfigError> {
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
        let sha1 = self.weakened.accepts_sha1() && self.engine == SamlEngine::Xmlsec;
        check("saml.engine", !sha1, "expected default: xmlsec verifies no SHA-1")?;
        let limit = (1024..=1024 * 1024).contains(&self.response_limit);
        check("saml.response_limit", limit, "expected from 1 KiB to 1 MiB, in bytes")
    }
}

/// The settings that weaken a check. See [`Settings::dangerous`].
///
/// ```
/// use tower_sso_saml::Settings;
///
/// let settings = Settings::default().dangerous().accept_unsolicited();
/// assert!(settings.weakened.accepts_unsolicited() && !settings.weakened.accepts_sha1());
/// ```
#[derive(Clone, Debug)]
pub struct DangerousSettings(Settings);

impl DangerousSettings {
    /// Accepts unsolicited responses (SAML profiles §4.1.5). Anyone who has an account at the provider can make another
    /// person's browser post one. Therefore show who is logged in, and never use an unsolicited response to finish a
    /// login that was begun.
    #[must_use]
    pub fn accept_unsolicited(mut self) -> Settings {
        self.0.weakened.unsolicited = true;
        self.0
    }

    /// Accepts signatures and digests with SHA-1. SHA-1 collisions are practical: use this only until the provider is
    /// switched to SHA-2.
    #[must_use]
    pub fn accept_sha1(mut self) -> Settings {
        self.0.weakened.sha1 = true;
        self.0
    }
}

/// Returns whether the text can be the name of an entity or of a context class: 1 to 1024 bytes, without white space
/// and control characters. Therefore a list of names that are separated by spaces is unambiguous.
pub fn is_name(text: &str) -> bool {
    (1..=1024).contains(&text.len()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Returns an error about this field if `good` is false.
///
/// # Errors
///
/// Returns an error that names the field and says what was expected.
pub fn check(field: &str, good: bool, problem: &str) -> Result<(), ConfigError> {
    if good { Ok(()) } else { Err(ConfigError::new(field, problem)) }
}
