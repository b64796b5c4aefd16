//! A service provider: the requests that it makes, and the checks of what comes back. Everything here is pure: it gets
//! the provider's metadata and the time as arguments.

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

/// A service provider whose settings add up.
pub struct ServiceProvider {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) signing: Option<SigningKey>,
    /// In base64 of DER.
    pub(crate) signing_certificates: Vec<String>,
    pub(crate) encryption_certificates: Vec<String>,
    pub(crate) decryption_keys: Vec<DecryptionKey>,
    /// Until when our own certificates say that they are good.
    pub(crate) own_ends: Vec<(&'static str, SystemTime)>,
}

/// A response as XML. It was decoded, and is not verified.
#[derive(Clone, Debug)]
pub struct DecodedResponse(String);

impl ServiceProvider {
    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns when our own certificates end: `signing_certificate` and `decryption_certificate`, with the time.
    pub fn own_ends(&self) -> &[(&'static str, SystemTime)] {
        &self.own_ends
    }

    /// Makes an authentication request: where the browser goes, and what its answer will be judged by.
    ///
    /// # Errors
    ///
    /// `SamlMetadataInvalid` without an address to send it to; `ContextClassWrong`; `LookupFailed` without randomness.
    pub fn authn_request(
        &self,
        idp: &IdpMetadata,
        ask: AuthnAsk<'_>,
        now: SystemTime,
    ) -> Result<Asked, Error> {
        let Self { settings, signing, .. } = self;
        let endpoint = IdpMetadata::endpoint(&idp.sso, settings.binding)
            .ok_or_else(|| Error::with(SamlMetadataInvalid, "no SingleSignOnService"))?;
        let asked = [settings.max_age, ask.max_age].into_iter().flatten().min();
        // An age can't be asked for: to be sure of it, the user is asked anew.
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
            // Without asking the user nobody signs in anew (SAML core §3.4.1).
            force_authn: max_age.is_some(),
            contexts: &login.contexts,
        };
        let outgoing = request.send(endpoint.binding, relay_state.expose(), signing.as_ref())?;
        Ok(Asked { outgoing, relay_state, login })
    }

    /// Decodes the form field `SAMLResponse`. `login` is what the request was kept under; none for a response that nobody
    /// asked for.
    ///
    /// # Errors
    ///
    /// `SamlUnsolicited` unless such responses are accepted; `SamlEncodingInvalid`, `SamlTooLarge`.
    pub fn decode_response(
        &self,
        login: Option<&SamlLogin>,
        saml_response: &str,
    ) -> Result<DecodedResponse, Error> {
        if login.is_none() && !self.settings.accepts_unsolicited {
            return Err(SamlUnsolicited.into());
        }
        redirect::from_form(saml_response, self.settings.response_limit).map(DecodedResponse)
    }

    /// Makes every check of a response but one: whether its assertion was used before. `login` is as for
    /// [`decode_response`](Self::decode_response).
    ///
    /// # Errors
    ///
    /// One kind for each thing that can be wrong with it.
    pub fn validate_response(
        &self,
        idp: &IdpMetadata,
        response: &DecodedResponse,
        login: Option<&SamlLogin>,
        addresses: &SpAddresses,
        now: SystemTime,
    ) -> Result<VerifiedAssertion, Error> {
        let DecodedResponse(xml) = response;
        let settings = &self.settings;
        let trust = Trust {
            keys: &idp.keys,
            decryption_keys: &self.decryption_keys,
            sha1: if settings.accepts_sha1 { Sha1::Allowed } else { Sha1::Refused },
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
            // Without an assertion it can only be a refusal, signed or not: then the operator is told which.
            Err(error) if error.kind() == SamlAssertionCount => Err(self.refusal(xml).unwrap_or(error)),
            judged => judged,
        }
    }

    /// What the provider said, if it refused.
    fn refusal(&self, xml: &str) -> Option<Error> {
        let limits = Limits::MESSAGE.with_size(self.settings.response_limit);
        read_unsigned(xml, Kind::Refusal, limits, |root| refused(root)).ok().flatten()
    }

    /// Returns what the answer to a request is judged by, if nothing was kept of the request but its ID: a request that
    /// was made at the time `begun_at` and asked for what the settings say.
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

    /// Writes our metadata, as the provider's administrator loads it (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// `LookupFailed` when it is to be signed and can't be.
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

    /// The entity ID: the one of the settings, or the address of the metadata.
    pub fn entity_id<'a>(&'a self, addresses: &'a SpAddresses) -> &'a str {
        self.settings.sp_entity_id.as_deref().unwrap_or(&addresses.metadata)
    }
}

/// The answer's instants are often in whole seconds: they must not seem to be before the request.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    later(SystemTime::UNIX_EPOCH, Duration::from_secs(since.as_secs()))
}

impl fmt::Debug for ServiceProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceProvider").field("settings", &self.settings).finish_non_exhaustive()
    }
}
