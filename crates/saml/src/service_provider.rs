//! The service provider: makes authentication requests, checks responses, and writes our metadata.
//!
//! Nothing here reads a clock, opens a connection or keeps state. The provider's metadata and the time are arguments,
//! and the caller keeps the pending login.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use tower_sso_core::internal::{context_classes, later, random_token};

use crate::{
    decryption_key::DecryptionKey,
    engine::Engine,
    error::{
        Error,
        ErrorKind::{ContextClassWrong, SamlAssertionCount, SamlMetadataInvalid, SamlUnsolicited},
    },
    login::{Asked, AuthnAsk, SamlLogin, SpAddresses},
    metadata::{ours::Ours, theirs::IdpMetadata},
    method::Sha1,
    open::{open_response, read_unsigned},
    policy::{Encryption, Trust},
    redirect,
    request::{AuthnRequest, new_id},
    response::{
        envelope::refused,
        rules::Rules,
        validate::{VerifiedAssertion, validate_response},
    },
    settings::Settings,
    signing::SigningKey,
    xml::{kind::Kind, limits::Limits},
};

/// A service provider whose settings were checked and whose keys were parsed.
pub struct ServiceProvider {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) signing: Option<SigningKey>,
    /// Our certificates as base64 of DER: first that of the key that signs, then those of the keys that will sign
    /// later.
    pub(crate) signing_certificates: Vec<String>,
    pub(crate) encryption_certificates: Vec<String>,
    pub(crate) decryption_keys: Vec<DecryptionKey>,
    /// When our own certificates expire: the name of the setting, and the time.
    pub(crate) own_ends: Vec<(&'static str, SystemTime)>,
}

/// A response as XML. It is decoded, but not verified.
#[derive(Clone, Debug)]
pub struct DecodedResponse(String);

impl ServiceProvider {
    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns when our own certificates expire: `signing_certificate` and `decryption_certificate`, each with the
    /// time.
    pub fn own_ends(&self) -> &[(&'static str, SystemTime)] {
        &self.own_ends
    }

    /// Makes an authentication request. Returns where to send the browser, and the pending login that the response is
    /// checked against.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if the metadata has expired or has no address to send the request to,
    /// `ContextClassWrong` if no context class satisfies both the settings and the request, and `LookupFailed` if there
    /// is no randomness.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use tower_sso_saml::{AuthnAsk, IdpMetadata, Outgoing, ServiceProvider, Settings, SpAddresses};
    ///
    /// let xml = std::fs::read_to_string("tests/corpus/saml_metadata/accepted-plain.xml")?;
    /// let idp = IdpMetadata::parse(&xml, None)?;
    /// let page = |name: &str| format!("https://hub.example/sso/1/saml/{name}");
    /// let addresses = SpAddresses { metadata: page("metadata"), acs: page("acs"), slo: page("slo") };
    /// let ask = AuthnAsk { addresses: &addresses, max_age: None, context_classes: &[] };
    ///
    /// let now = UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    /// let asked = ServiceProvider::new(Settings::default())?.authn_request(&idp, ask, now)?;
    /// let Outgoing::Redirect(address) = asked.outgoing else { panic!("the settings say redirect") };
    /// assert!(address.starts_with("https://idp.example/sso?SAMLRequest="), "{address}");
    /// assert!(asked.login.request_id().starts_with('_'));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authn_request(
        &self,
        idp: &IdpMetadata,
        ask: AuthnAsk<'_>,
        now: SystemTime,
    ) -> Result<Asked, Error> {
        idp.check_valid(now)?;
        let Self { settings, signing, .. } = self;
        let endpoint = IdpMetadata::endpoint(&idp.sso, settings.binding)
            .ok_or_else(|| Error::with(SamlMetadataInvalid, "no SingleSignOnService"))?;
        let asked = [settings.max_age, ask.max_age].into_iter().flatten().min();
        // A SAML request can't ask for a maximum age. To guarantee one, ask the provider to authenticate the user
        // again.
        let max_age = if settings.force_authn { Some(Duration::ZERO) } else { asked };
        let login = SamlLogin {
            request_id: new_id()?,
            acs: ask.addresses.acs.clone(),
            sp_entity_id: self.entity_id(ask.addresses).to_owned(),
            max_age: max_age.map(|age| age.as_secs()),
            contexts: context_classes(&settings.contexts, ask.context_classes)
                .map_err(|detail| Error::with(ContextClassWrong, detail))?,
            begun_at: whole_seconds(now),
        };
        let relay_state = random_token()?;
        let request = AuthnRequest {
            id: &login.request_id,
            issued_at: login.begun_at,
            endpoint: &endpoint.location,
            acs: &login.acs,
            sp_entity_id: &login.sp_entity_id,
            name_id: settings.name_id,
            // SAML core §3.4.1: only `ForceAuthn` guarantees that the provider authenticates the user again.
            force_authn: max_age.is_some(),
            contexts: &login.contexts,
        };
        let outgoing = request.send(endpoint.binding, relay_state.expose(), signing.as_ref())?;
        Ok(Asked { outgoing, relay_state, login })
    }

    /// Decodes the form field `SAMLResponse`. `login` is the pending login that was kept for the request, or `None` if
    /// the response is unsolicited.
    ///
    /// # Errors
    ///
    /// Returns `SamlUnsolicited` if the response is unsolicited and the settings do not accept that,
    /// `SamlEncodingInvalid` if it is not base64 or not UTF-8, and `SamlTooLarge` if it is too large.
    pub fn decode_response(
        &self,
        login: Option<&SamlLogin>,
        saml_response: &str,
    ) -> Result<DecodedResponse, Error> {
        self.check_solicited(login)?;
        redirect::from_form(saml_response, self.settings.response_limit).map(DecodedResponse)
    }

    /// Makes every check of a response except one: whether its assertion was used before. `login` is the same as for
    /// [`decode_response`](Self::decode_response).
    ///
    /// # Errors
    ///
    /// Returns the kind of the check that failed: `SamlUnsolicited` as for [`decode_response`](Self::decode_response),
    /// and `SamlMetadataInvalid` if the metadata has expired.
    ///
    /// The order is: the form of the document, its signatures, the response, the assertion's issuer, subject,
    /// conditions and authentication statement, and last the identity. The first check that fails decides the kind.
    pub fn validate_response(
        &self,
        idp: &IdpMetadata,
        response: &DecodedResponse,
        login: Option<&SamlLogin>,
        addresses: &SpAddresses,
        now: SystemTime,
    ) -> Result<VerifiedAssertion, Error> {
        self.check_solicited(login)?;
        idp.check_valid(now)?;
        let DecodedResponse(xml) = response;
        let settings = &self.settings;
        let trust = Trust {
            keys: &idp.keys,
            decryption_keys: &self.decryption_keys,
            sha1: if settings.weakened.accepts_sha1() { Sha1::Allowed } else { Sha1::Refused },
            engine: self.engine,
            encryption: if settings.require_encryption { Encryption::Required } else { Encryption::Optional },
            limits: Limits::MESSAGE.with_size(settings.response_limit),
        };
        let rules = Rules {
            idp_entity_id: &idp.entity_id,
            sp_entity_id: login.map_or_else(|| self.entity_id(addresses), |login| &login.sp_entity_id),
            acs: login.map_or(&addresses.acs, |login| &login.acs),
            login,
            contexts: login.map_or(&settings.contexts, |login| &login.contexts),
            max_age: settings.max_age,
            leeway: settings.leeway,
            name_id: settings.name_id,
            subject_attribute: settings.subject_attribute.as_deref(),
            email_attributes: &settings.email_attributes,
            now,
        };
        match open_response(xml, &trust, |opened| validate_response(&opened, &rules)) {
            // A response without an assertion can only be a refusal, signed or not. Tell the operator the provider's
            // reason.
            Err(error) if error.kind() == SamlAssertionCount => Err(self.refusal(xml).unwrap_or(error)),
            judged => judged,
        }
    }

    /// Refuses a response to no request, unless the settings accept it (SAML profiles §4.1.5).
    fn check_solicited(&self, login: Option<&SamlLogin>) -> Result<(), Error> {
        if login.is_none() && !self.settings.weakened.accepts_unsolicited() {
            return Err(SamlUnsolicited.into());
        }
        Ok(())
    }

    /// Returns the provider's status as an error, if the response is a refusal.
    fn refusal(&self, xml: &str) -> Option<Error> {
        let limits = Limits::MESSAGE.with_size(self.settings.response_limit);
        read_unsigned(xml, Kind::Refusal, limits, |root| refused(root)).ok().flatten()
    }

    /// Returns the pending login for a request of which only the ID was kept. It assumes that the request was made at
    /// `begun_at` and asked for what the settings say.
    pub fn login_of(&self, request_id: &str, addresses: &SpAddresses, begun_at: SystemTime) -> SamlLogin {
        let settings = &self.settings;
        SamlLogin {
            request_id: request_id.to_owned(),
            acs: addresses.acs.clone(),
            sp_entity_id: self.entity_id(addresses).to_owned(),
            max_age: if settings.force_authn { Some(0) } else { settings.max_age.map(|age| age.as_secs()) },
            contexts: settings.contexts.clone(),
            begun_at,
        }
    }

    /// Returns our metadata as XML, for the provider's administrator to load (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// Returns `LookupFailed` if the metadata must be signed and signing fails.
    ///
    /// ```
    /// use tower_sso_saml::{ServiceProvider, Settings, SpAddresses};
    ///
    /// let page = |name: &str| format!("https://hub.example/sso/1/saml/{name}");
    /// let addresses = SpAddresses { metadata: page("metadata"), acs: page("acs"), slo: page("slo") };
    /// let xml = ServiceProvider::new(Settings::default())?.metadata(&addresses)?;
    /// assert!(xml.contains("WantAssertionsSigned=\"true\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metadata(&self, addresses: &SpAddresses) -> Result<String, Error> {
        let Self { settings, signing, signing_certificates, encryption_certificates, .. } = self;
        let ours = Ours {
            entity_id: self.entity_id(addresses),
            addresses,
            name_id_format: settings.name_id.format(),
            signs: signing.is_some(),
            signing: signing_certificates,
            encryption: encryption_certificates,
        };
        ours.write(signing.as_ref().filter(|_| settings.signs_metadata))
    }

    /// Returns our entity ID: the one in the settings, or else the address of our metadata.
    pub fn entity_id<'a>(&'a self, addresses: &'a SpAddresses) -> &'a str {
        self.settings.sp_entity_id.as_deref().unwrap_or(&addresses.metadata)
    }
}

/// Rounds a time down to whole seconds. The times in responses are often in whole seconds, and must not seem to be
/// before the request.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    later(SystemTime::UNIX_EPOCH, Duration::from_secs(since.as_secs()))
}

impl fmt::Debug for ServiceProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProvider").field("settings", &self.settings).finish_non_exhaustive()
    }
}
