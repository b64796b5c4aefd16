//! One provider, as a client of it: the two halves of an SSO login.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwapOption;
use tower_sso_core::{
    Clock,
    internal::{later, random_token},
};

use crate::{
    error::{
        kind::LoginErrorKind::{SamlAssertionCount, SamlMetadataInvalid, SamlUnsolicited},
        login_error::LoginError,
    },
    fingerprint::Fingerprint,
    provider::{
        context::context_classes,
        outbound::Outbound,
        saml::{
            certificate::Certificate,
            choices::IdpSource,
            decrypt::DecryptionKey,
            login::{Asked, AuthnAsk, Received, SamlLogin, SpAddresses},
            metadata::{ours::Ours, refresh::RemoteMetadata, theirs::Idp},
            open::{Encryption, Trust, open_response, read_unsigned},
            redirect,
            request::{AuthnRequest, new_id},
            response::{self, Rules},
            settings::SamlSettings,
            signature::method::Sha1,
            signing::SigningKey,
            xml::{kind::Kind, limits::Limits},
            xmlsec::Engine,
        },
    },
};

/// A provider whose settings add up. Cheap to clone; what was learned from the provider is shared by the clones.
#[derive(Clone)]
pub(crate) struct SamlProvider(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) settings: SamlSettings,
    pub(super) source: Source,
    pub(super) engine: Engine,
    pub(super) signing: Option<SigningKey>,
    /// In base64 of DER.
    pub(super) signing_certificates: Vec<String>,
    pub(super) encryption_certificates: Vec<String>,
    pub(super) decryption_keys: Vec<DecryptionKey>,
    /// Until when our own certificates say that they are good.
    pub(super) own_ends: Vec<(&'static str, SystemTime)>,
    /// Our metadata as it was signed last.
    pub(super) published: ArcSwapOption<(SpAddresses, String)>,
}

/// Where what is known of the provider comes from.
pub(super) enum Source {
    /// The settings.
    Known(Arc<Idp>),
    /// The address of its metadata.
    RemoteMetadata(Box<RemoteMetadata>),
}

impl SamlProvider {
    /// Takes over what an earlier version of the settings has learned.
    pub(crate) fn adopt(&self, old: &Self) {
        if let (Source::RemoteMetadata(learned), Source::RemoteMetadata(old)) =
            (&self.0.source, &old.0.source)
        {
            learned.adopt(old);
        }
    }

    /// Begins an SSO login: where the browser goes, and what its answer will be judged by.
    ///
    /// # Errors
    ///
    /// When the provider's metadata can't be had or used; `LookupFailed` without randomness.
    pub(crate) async fn authorize(
        &self,
        out: &Outbound,
        ask: AuthnAsk<'_>,
        clock: &Clock,
    ) -> Result<Asked, LoginError> {
        let Inner { settings, signing, .. } = &*self.0;
        let idp = self.idp(out, clock).await?;
        let endpoint = Idp::endpoint(&idp.sso, settings.binding)
            .ok_or_else(|| LoginError::with(SamlMetadataInvalid, "no SingleSignOnService"))?;
        let asked = [settings.max_age, ask.max_age].into_iter().flatten().min();
        // An age can't be asked for: to be sure of it, the user is asked anew.
        let max_age = if settings.force_authn { Some(Duration::ZERO) } else { asked };
        let login = SamlLogin {
            request_id: new_id()?,
            acs: ask.addresses.acs.clone(),
            sp_entity_id: self.sp_entity_id(ask.addresses).to_owned(),
            max_age: max_age.map(|age| age.as_secs()),
            contexts: context_classes(&settings.contexts, ask.context_classes)?,
            begun_at: whole_seconds(clock.now()),
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
            force_authn: max_age.is_some() && !ask.passive,
            passive: ask.passive,
            contexts: &login.contexts,
        };
        let outgoing = request.send(endpoint.binding, relay_state.expose(), signing.as_ref())?;
        Ok(Asked { outgoing, relay_state, login })
    }

    /// Takes the provider's answer: the form field `SAMLResponse` as it came. `login` is what the request was kept
    /// under; none for a response that nobody asked for.
    ///
    /// The identity counts only once [`Received::replay`] was claimed.
    ///
    /// # Errors
    ///
    /// One kind for each thing that can be wrong with it.
    pub(crate) async fn receive(
        &self,
        out: &Outbound,
        login: Option<&SamlLogin>,
        addresses: &SpAddresses,
        saml_response: &str,
        clock: &Clock,
    ) -> Result<Received, LoginError> {
        let settings = &self.0.settings;
        if login.is_none() && !settings.accepts_unsolicited {
            return Err(SamlUnsolicited.into());
        }
        let xml = redirect::from_form(saml_response, settings.response_limit)?;
        self.verified(out, clock, |idp| self.judge(&xml, idp, login, addresses, clock)).await
    }

    /// Reads what the provider signed, by what is known of it.
    pub(super) async fn verified<T>(
        &self,
        out: &Outbound,
        clock: &Clock,
        read: impl Fn(&Idp) -> Result<T, LoginError>,
    ) -> Result<T, LoginError> {
        let read = |idp: &Idp| idp.check_valid(clock.now()).and_then(|()| read(idp));
        match &self.0.source {
            Source::Known(idp) => read(idp),
            Source::RemoteMetadata(learned) => learned.verified(out, clock, read).await,
        }
    }

    /// Our metadata, as the provider's administrator loads it (SAML metadata §2).
    ///
    /// # Errors
    ///
    /// `LookupFailed` when it is to be signed and can't be.
    pub(crate) fn sp_metadata(&self, addresses: &SpAddresses) -> Result<String, LoginError> {
        let Inner { settings, signing, signing_certificates, encryption_certificates, published, .. } =
            &*self.0;
        if let Some(published) = &*published.load()
            && published.0 == *addresses
        {
            return Ok(published.1.clone());
        }
        let ours = Ours {
            entity_id: self.sp_entity_id(addresses),
            addresses,
            name_id_format: settings.name_id.format(),
            signs: signing.is_some(),
            signing: signing_certificates,
            encryption: encryption_certificates,
        };
        let text = ours.write(signing.as_ref().filter(|_| settings.signs_metadata))?;
        // Anybody can ask for it: a signature is not made for each of them.
        published.store(Some(Arc::new((addresses.clone(), text.clone()))));
        Ok(text)
    }

    /// The SP entity ID, to be shown to the provider's administrator: ours for this connection.
    pub(crate) fn sp_entity_id<'a>(&'a self, addresses: &'a SpAddresses) -> &'a str {
        self.0.settings.sp_entity_id.as_deref().unwrap_or(&addresses.metadata)
    }

    /// What an operator knows the provider by: its entity ID, or where its metadata is.
    pub(crate) fn known_by(&self) -> &str {
        match (&self.0.settings.idp, &self.0.source) {
            (IdpSource::MetadataUrl { entity_id: Some(id), .. }, _) => id.as_str(),
            (IdpSource::MetadataUrl { url, .. }, _) => url,
            (_, Source::Known(idp)) => &idp.entity_id,
            (IdpSource::Fields { .. } | IdpSource::MetadataXml { .. }, Source::RemoteMetadata(_)) => "",
        }
    }

    /// Whether the connection takes responses that nobody asked for.
    pub(crate) fn accepts_unsolicited(&self) -> bool {
        self.0.settings.accepts_unsolicited
    }

    /// Its settings, without keys of ours.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.0.settings.fingerprint(self.name())
    }

    /// The settings that matter to security, for the connection's version. No keys and certificates: a rollover ends no
    /// session.
    pub(crate) fn version(&self) -> Fingerprint {
        self.0.settings.version(self.name())
    }

    /// What ends within 30 days, or has ended: `provider_certificate`, `provider_metadata`, `signing_certificate`,
    /// `decryption_certificate`. Of several certificates of the provider's the last one counts. Nothing is fetched.
    ///
    /// A certificate's end stops nobody: it is for the operator to know.
    pub(crate) fn expiring(&self, now: SystemTime) -> Vec<(&'static str, SystemTime)> {
        const AHEAD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
        let (idp, ahead) = match &self.0.source {
            Source::Known(idp) => (Some(Arc::clone(idp)), AHEAD),
            // Metadata at an address is short-lived by design: only when it was not renewed is its end near.
            Source::RemoteMetadata(learned) => match learned.held() {
                Some((idp, fresh)) => (Some(idp), AHEAD.min(fresh.saturating_mul(2))),
                None => (None, AHEAD),
            },
        };
        let mut ends = self.0.own_ends.clone();
        ends.retain(|(_, at)| *at <= later(now, AHEAD));
        if let Some(idp) = idp {
            // A bare public key has no end.
            let ends_of_all: Option<Vec<_>> = idp.keys.iter().map(Certificate::not_after).collect();
            if let Some(at) = ends_of_all.and_then(|ends| ends.into_iter().max())
                && at <= later(now, AHEAD)
            {
                ends.push(("provider_certificate", at));
            }
            ends.extend(
                idp.valid_until.filter(|at| *at <= later(now, ahead)).map(|at| ("provider_metadata", at)),
            );
        }
        ends
    }

    /// The provider's entity ID, or where it is learned.
    fn name(&self) -> &str {
        match &self.0.source {
            Source::Known(idp) => &idp.entity_id,
            Source::RemoteMetadata(learned) => learned.entity_id.as_deref().unwrap_or(&learned.url),
        }
    }

    pub(super) async fn idp(&self, out: &Outbound, clock: &Clock) -> Result<Arc<Idp>, LoginError> {
        let idp = match &self.0.source {
            Source::Known(idp) => Arc::clone(idp),
            Source::RemoteMetadata(learned) => Arc::clone(&learned.get(out, clock).await?.value.idp),
        };
        idp.check_valid(clock.now())?;
        Ok(idp)
    }

    fn judge(
        &self,
        xml: &str,
        idp: &Idp,
        login: Option<&SamlLogin>,
        addresses: &SpAddresses,
        clock: &Clock,
    ) -> Result<Received, LoginError> {
        let settings = &self.0.settings;
        let trust = Trust {
            keys: &idp.keys,
            decryption_keys: &self.0.decryption_keys,
            sha1: if settings.accepts_sha1 { Sha1::Allowed } else { Sha1::Refused },
            engine: self.0.engine,
            encryption: if settings.require_encryption { Encryption::Required } else { Encryption::Optional },
            limits: Limits::MESSAGE.with_size(settings.response_limit),
        };
        let rules = Rules {
            idp_entity_id: &idp.entity_id,
            sp_entity_id: login.map_or_else(|| self.sp_entity_id(addresses), |login| &login.sp_entity_id),
            acs: login.map_or(&addresses.acs, |login| &login.acs),
            login,
            contexts: login.map_or(&settings.contexts, |login| &login.contexts),
            max_age: settings.max_age,
            leeway: settings.leeway,
            name_id: settings.name_id,
            subject_attribute: settings.subject_attribute.as_deref(),
            email_attributes: &settings.email_attributes,
            now: clock.now(),
        };
        match open_response(xml, &trust, |opened| response::judge(&opened, &rules)) {
            // Without an assertion it can only be a refusal, signed or not: then the operator is told which.
            Err(error) if error.kind() == SamlAssertionCount => Err(self.refusal(xml).unwrap_or(error)),
            judged => judged,
        }
    }

    /// What the provider said, if it refused.
    fn refusal(&self, xml: &str) -> Option<LoginError> {
        let limits = Limits::MESSAGE.with_size(self.0.settings.response_limit);
        read_unsigned(xml, Kind::Refusal, limits, |root| response::refused(root)).ok().flatten()
    }
}

/// The answer's instants are often in whole seconds: they must not seem to be before the request.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    later(SystemTime::UNIX_EPOCH, Duration::from_secs(since.as_secs()))
}

impl fmt::Debug for SamlProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SamlProvider").field(&self.name()).finish()
    }
}
