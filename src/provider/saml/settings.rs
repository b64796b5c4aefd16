//! An organization's SAML settings, as they are given.

use std::time::Duration;

use super::{IdpSource, NameIdPolicy, RequestBinding, SamlEngine};
use crate::{Secret, provider::outbound::Reach};

/// A SAML 2.0 connection's settings. What must be given is an argument, the rest has setters.
///
/// ```
/// use tower_sso::saml::{IdpSource, SamlSettings};
///
/// let settings = SamlSettings::new(IdpSource::Fields {
///     entity_id: "https://login.acme.example/saml".to_owned(),
///     sso_url: "https://login.acme.example/saml/sso".to_owned(),
///     certificates: vec!["-----BEGIN CERTIFICATE-----\n...".to_owned()],
/// })
/// .email_attribute("mail");
/// ```
///
/// These settings are the operator's: the provider's metadata may stand on a private network. For settings that
/// somebody else typed, see [`public_addresses_only`](Self::public_addresses_only).
#[derive(Clone, Debug)]
pub struct SamlSettings {
    pub(super) idp: IdpSource,
    pub(super) slo_url: Option<String>,
    pub(super) sp_entity_id: Option<String>,
    pub(super) name_id: NameIdPolicy,
    pub(super) subject_attribute: Option<String>,
    pub(super) email_attributes: Vec<String>,
    pub(super) binding: RequestBinding,
    pub(super) force_authn: bool,
    pub(super) max_age: Option<Duration>,
    pub(super) contexts: Vec<String>,
    pub(super) signing: Option<SpKey>,
    pub(super) next_certificates: Vec<String>,
    pub(super) signs_metadata: bool,
    pub(super) decryption: Vec<SpKey>,
    pub(super) require_encryption: bool,
    pub(super) leeway: Duration,
    pub(super) response_limit: usize,
    pub(super) refresh: Duration,
    pub(super) reach: Reach,
    pub(super) engine: SamlEngine,
    pub(super) accepts_unsolicited: bool,
    pub(super) accepts_sha1: bool,
}

/// A key of ours and the certificate that tells the provider of it, both in PEM.
#[derive(Clone, Debug)]
pub(super) struct SpKey {
    pub(super) key: Secret<String>,
    pub(super) certificate: String,
}

impl SamlSettings {
    /// What every connection needs: where the provider is, what it is called, and which keys it signs with.
    #[must_use]
    pub fn new(idp: IdpSource) -> Self {
        Self {
            idp,
            slo_url: None,
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
            refresh: Duration::from_secs(24 * 60 * 60),
            reach: Reach::Anywhere,
            engine: SamlEngine::Default,
            accepts_unsolicited: false,
            accepts_sha1: false,
        }
    }

    /// What the provider calls this app (SAML core §8.3.6). By default the address of this connection's metadata.
    #[must_use]
    pub fn sp_entity_id(mut self, entity_id: impl Into<String>) -> Self {
        self.sp_entity_id = Some(entity_id.into());
        self
    }

    /// Where logout messages go, with [`IdpSource::Fields`]: metadata says it by itself. `https`, or loopback.
    #[must_use]
    pub fn slo_url(mut self, url: impl Into<String>) -> Self {
        self.slo_url = Some(url.into());
        self
    }

    /// Which kind of NameID is asked for; an email address by default.
    #[must_use]
    pub fn name_id(mut self, policy: NameIdPolicy) -> Self {
        self.name_id = policy;
        self
    }

    /// Takes an attribute, by its exact name, for what identifies the user, in place of the NameID: it has to have one
    /// value, that never changes and is never given to another. For providers that send only transient NameIDs.
    #[must_use]
    pub fn subject_attribute(mut self, name: impl Into<String>) -> Self {
        self.subject_attribute = Some(name.into());
        self
    }

    /// Takes this attribute, by its exact name, for the email address, in place of the well-known ones and of the
    /// NameID. Called again it adds one: the first that is there counts.
    #[must_use]
    pub fn email_attribute(mut self, name: impl Into<String>) -> Self {
        self.email_attributes.push(name.into());
        self
    }

    /// How a request travels to the provider; by redirect by default.
    #[must_use]
    pub fn request_binding(mut self, binding: RequestBinding) -> Self {
        self.binding = binding;
        self
    }

    /// The user has to sign in anew at the provider, on every SSO login (SAML core §3.4.1). An older `AuthnInstant` is
    /// refused.
    #[must_use]
    pub fn force_authn(mut self) -> Self {
        self.force_authn = true;
        self
    }

    /// How old the user's SSO login at the provider may be. Whole seconds. SAML can't ask for an age: so the provider is
    /// told to ask the user anew (`ForceAuthn`), and an `AuthnInstant` older than this is refused.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The authentication context classes that are good enough, the preferred one first. They are asked for with
    /// `Comparison="exact"`, and an assertion whose class is none of them is refused (SAML core §3.3.2.2.1).
    #[must_use]
    pub fn authn_contexts(mut self, classes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.contexts = classes.into_iter().map(Into::into).collect();
        self
    }

    /// Signs requests and logout messages with this key: RSA of 2048 bits or more (RSA-SHA256), or P-256 or P-384
    /// (ECDSA). The key is PKCS #8 in PEM, the certificate is what the provider is told of it.
    #[must_use]
    pub fn signing_key(mut self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        self.signing = Some(SpKey { key, certificate: certificate.into() });
        self
    }

    /// Announces a certificate (PEM) whose key is going to sign, beside the one that signs now: for a rollover.
    #[must_use]
    pub fn next_signing_certificate(mut self, certificate: impl Into<String>) -> Self {
        self.next_certificates.push(certificate.into());
        self
    }

    /// Signs our metadata too.
    #[must_use]
    pub fn sign_metadata(mut self) -> Self {
        self.signs_metadata = true;
        self
    }

    /// Takes assertions that are encrypted for this key: RSA of 2048 bits or more, PKCS #8 in PEM. Called again it adds
    /// one, for a rollover: all are tried, and the provider is told of all.
    #[must_use]
    pub fn decryption_key(mut self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        self.decryption.push(SpKey { key, certificate: certificate.into() });
        self
    }

    /// Refuses assertions that are not encrypted.
    #[must_use]
    pub fn require_encryption(mut self) -> Self {
        self.require_encryption = true;
        self
    }

    /// How far the provider's clock may be off, either way. 60 seconds by default, 10 minutes at most.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How large a response may be, decoded, in bytes. 192 KiB by default, 1 MiB at most.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// How old a copy of the metadata at [`IdpSource::MetadataUrl`] may get before it is fetched again; the metadata can
    /// ask for less (`cacheDuration`, `validUntil`). 24 hours by default, from 5 minutes to 7 days. When fetching fails,
    /// the last good copy is used for seven times as long, never past its `validUntil`.
    #[must_use]
    pub fn metadata_refresh(mut self, age: Duration) -> Self {
        self.refresh = age;
        self
    }

    /// Refuses to fetch metadata from private, link-local, loopback and other addresses that are not on the public
    /// network. For settings that somebody other than the operator typed, such as an organization's administrator.
    ///
    /// The provider's endpoints, which only browsers visit, are not held to it.
    #[must_use]
    pub fn public_addresses_only(mut self) -> Self {
        self.reach = Reach::PublicOnly;
        self
    }

    /// Which libraries verify signatures and decrypt; see [`SamlEngine`].
    #[must_use]
    pub fn engine(mut self, engine: SamlEngine) -> Self {
        self.engine = engine;
        self
    }

    /// What weakens the connection.
    #[must_use]
    pub fn dangerous(self) -> DangerousSamlSettings {
        DangerousSamlSettings(self)
    }
}

/// Settings that weaken a connection.
#[derive(Clone, Debug)]
pub struct DangerousSamlSettings(SamlSettings);

impl DangerousSamlSettings {
    /// Takes responses that nobody asked for, such as a click on the provider's list of apps brings (SAML profiles
    /// §4.1.5).
    ///
    /// Whoever can make a browser post a response of theirs signs its user on as themselves. The person is asked to
    /// confirm, and has to be able to tell. A response counts once, by a claim in the store: claims in memory do not survive a
    /// restart, and a response that was used before one counts again until it is too old.
    #[must_use]
    pub fn accept_unsolicited(mut self) -> SamlSettings {
        self.0.accepts_unsolicited = true;
        self.0
    }

    /// Takes signatures and digests with SHA-1, beside the others.
    ///
    /// Collisions of SHA-1 can be made: whoever gets the provider to sign something of their choice may forge an
    /// assertion.
    #[must_use]
    pub fn accept_sha1(mut self) -> SamlSettings {
        self.0.accepts_sha1 = true;
        self.0
    }
}
