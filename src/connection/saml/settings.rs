//! The settings of an organization's SAML provider, before they are checked.

use std::time::Duration;

use tower_sso_core::Secret;
use tower_sso_http::Reach;
use tower_sso_saml::{NameIdPolicy, RequestBinding, SamlEngine, Settings, SpKey};

use crate::connection::saml::source::{IdpSettings, IdpSource};

/// The settings of a SAML 2.0 connection. Required settings are arguments; optional settings have setters.
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
/// By default the provider's metadata may be on a private network, because the operator chose it. If somebody other
/// than the operator enters these settings, use [`public_addresses_only`](Self::public_addresses_only).
#[derive(Clone, Debug)]
pub struct SamlSettings {
    pub(crate) idp: IdpSettings,
    pub(crate) own: Settings,
}

impl SamlSettings {
    /// Creates settings from what every connection needs: the provider's address, its entity ID, and the keys that it
    /// signs with.
    #[must_use]
    pub fn new(idp: IdpSource) -> Self {
        let idp = IdpSettings {
            source: idp,
            slo_url: None,
            refresh: Duration::from_secs(24 * 60 * 60),
            reach: Reach::Anywhere,
        };
        Self { idp, own: Settings::default() }
    }

    /// Sets this app's entity ID, under which the provider knows it (SAML core §8.3.6). The default is the address of
    /// this connection's metadata.
    #[must_use]
    pub fn sp_entity_id(mut self, entity_id: impl Into<String>) -> Self {
        self.own.sp_entity_id = Some(entity_id.into());
        self
    }

    /// Sets where logout messages are sent, for [`IdpSource::Fields`]; metadata already contains this address. It
    /// must be `https`, or `http` on loopback.
    #[must_use]
    pub fn slo_url(mut self, url: impl Into<String>) -> Self {
        self.idp.slo_url = Some(url.into());
        self
    }

    /// Sets which NameID format is requested. The default is an email address.
    #[must_use]
    pub fn name_id(mut self, policy: NameIdPolicy) -> Self {
        self.own.name_id = policy;
        self
    }

    /// Identifies the user by this attribute (its exact name) instead of the NameID. The attribute must have one
    /// value, which never changes and is never assigned to another user. Use it for providers that send only
    /// transient NameIDs.
    #[must_use]
    pub fn subject_attribute(mut self, name: impl Into<String>) -> Self {
        self.own.subject_attribute = Some(name.into());
        self
    }

    /// Reads the email address from this attribute (its exact name) instead of the well-known attributes and the
    /// NameID. Each further call adds an attribute; the first attribute that is present is used.
    #[must_use]
    pub fn email_attribute(mut self, name: impl Into<String>) -> Self {
        self.own.email_attributes.push(name.into());
        self
    }

    /// Sets the binding by which requests are sent to the provider. The default is a redirect.
    #[must_use]
    pub fn request_binding(mut self, binding: RequestBinding) -> Self {
        self.own.binding = binding;
        self
    }

    /// Requires the user to authenticate again at the provider on every SSO login (SAML core §3.4.1). An
    /// `AuthnInstant` from before the SSO login is refused.
    #[must_use]
    pub fn force_authn(mut self) -> Self {
        self.own.force_authn = true;
        self
    }

    /// Sets how long ago the user may have authenticated at the provider, in whole seconds. A SAML request cannot
    /// contain a maximum age. Therefore the provider is told to authenticate the user again (`ForceAuthn`), and an
    /// `AuthnInstant` older than this is refused.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.own.max_age = Some(age);
        self
    }

    /// Sets the acceptable authentication context classes, the preferred one first. They are requested with
    /// `Comparison="exact"`, and an assertion whose class is not in the list is refused (SAML core §3.3.2.2.1).
    #[must_use]
    pub fn authn_contexts(mut self, classes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.own.contexts = classes.into_iter().map(Into::into).collect();
        self
    }

    /// Signs requests and logout messages with this key: RSA of 2048 bits or more (RSA-SHA256), or P-256 or P-384
    /// (ECDSA). The key is PKCS #8 in PEM. The certificate is published to the provider.
    #[must_use]
    pub fn signing_key(mut self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        self.own.signing = Some(SpKey { key, certificate: certificate.into() });
        self
    }

    /// Publishes the certificate (PEM) of a key that will sign in the future, in addition to the current one. Use it
    /// for a key rollover.
    #[must_use]
    pub fn next_signing_certificate(mut self, certificate: impl Into<String>) -> Self {
        self.own.next_certificates.push(certificate.into());
        self
    }

    /// Signs this connection's metadata too.
    #[must_use]
    pub fn sign_metadata(mut self) -> Self {
        self.own.signs_metadata = true;
        self
    }

    /// Accepts assertions that are encrypted for this key: RSA of 2048 bits or more, PKCS #8 in PEM. Each further
    /// call adds a key, for a rollover: all keys are tried, and all are published to the provider.
    #[must_use]
    pub fn decryption_key(mut self, key: Secret<String>, certificate: impl Into<String>) -> Self {
        self.own.decryption.push(SpKey { key, certificate: certificate.into() });
        self
    }

    /// Refuses assertions that are not encrypted.
    #[must_use]
    pub fn require_encryption(mut self) -> Self {
        self.own.require_encryption = true;
        self
    }

    /// Sets how far the provider's clock may differ from ours, in either direction. The default is 60 seconds, the
    /// maximum 10 minutes.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.own.leeway = leeway;
        self
    }

    /// Sets the maximum size of a decoded response, in bytes. The default is 192 KiB, the maximum 1 MiB.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.own.response_limit = bytes;
        self
    }

    /// Sets how old a copy of the metadata at [`IdpSource::MetadataUrl`] may be before it is fetched again. The
    /// metadata can ask for a shorter time (`cacheDuration`, `validUntil`). The default is 24 hours, the minimum 5
    /// minutes, the maximum 7 days. If fetching fails, the last good copy is used for seven times as long, but never
    /// after its `validUntil`.
    #[must_use]
    pub fn metadata_refresh(mut self, age: Duration) -> Self {
        self.idp.refresh = age;
        self
    }

    /// Refuses to fetch metadata from private, link-local, loopback and other addresses that are not on the public
    /// network. Use it if somebody other than the operator enters these settings, such as an organization's
    /// administrator.
    ///
    /// The check does not apply to the provider's endpoints, which only browsers visit.
    #[must_use]
    pub fn public_addresses_only(mut self) -> Self {
        self.idp.reach = Reach::PublicOnly;
        self
    }

    /// Sets which libraries verify signatures and decrypt; see [`SamlEngine`].
    #[must_use]
    pub fn engine(mut self, engine: SamlEngine) -> Self {
        self.own.engine = engine;
        self
    }

    /// Returns the settings that weaken the connection.
    #[must_use]
    pub fn dangerous(self) -> DangerousSamlSettings {
        DangerousSamlSettings(self)
    }
}

/// Settings that weaken a connection, returned by [`SamlSettings::dangerous`].
#[derive(Clone, Debug)]
pub struct DangerousSamlSettings(SamlSettings);

impl DangerousSamlSettings {
    /// Accepts unsolicited responses, such as those that follow a click in the provider's list of apps (SAML profiles
    /// §4.1.5).
    ///
    /// An attacker who can make a browser post the attacker's response logs that browser's user in as the attacker.
    /// The user is asked to confirm, and must be able to notice the wrong account. Each response is accepted once:
    /// the store keeps a mark that it was used. Marks in memory do not survive a restart, and a response that was
    /// used before a restart is accepted again until it is too old.
    #[must_use]
    pub fn accept_unsolicited(mut self) -> SamlSettings {
        self.0.own = self.0.own.dangerous().accept_unsolicited();
        self.0
    }

    /// Accepts signatures and digests with SHA-1, in addition to the others.
    ///
    /// SHA-1 collisions are practical: an attacker who can make the provider sign content of the attacker's choice
    /// may be able to forge an assertion.
    #[must_use]
    pub fn accept_sha1(mut self) -> SamlSettings {
        self.0.own = self.0.own.dangerous().accept_sha1();
        self.0
    }
}
