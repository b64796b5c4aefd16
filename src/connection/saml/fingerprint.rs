//! Which settings are part of a connection's version, and which a reload compares. The labels are frozen.

use tower_sso_http::Reach;
use tower_sso_saml::Settings;

use crate::{
    connection::saml::source::{IdpSettings, IdpSource},
    fingerprint::Fingerprint,
};

/// Returns the fingerprint that is part of the connection's version: which provider vouches for users, to which service
/// provider, and by which rules. Settings that only change how or where requests are sent (binding, addresses, leeway)
/// are not part of it. Neither are keys and certificates: a rollover, even an unplanned one, ends no session.
/// `provider` is the provider's entity ID, or the address of its metadata.
pub(crate) fn version(own: &Settings, provider: &str) -> Fingerprint {
    Fingerprint::default()
        .with("provider", [provider])
        .with("sp_entity_id", &own.sp_entity_id)
        .with("name_id", [own.name_id.as_str()])
        .with("subject_attribute", &own.subject_attribute)
        .with("max_age", own.max_age.map(|age| age.as_nanos()))
        .with("force_authn", [own.force_authn])
        .with("require_encryption", [own.require_encryption])
        .with("accept_unsolicited", [own.weakened.accepts_unsolicited()])
        .with("accept_sha1", [own.weakened.accepts_sha1()])
        .with("email_attributes", &own.email_attributes)
        .with("authn_contexts", &own.contexts)
}

/// Returns a fingerprint of all settings except our keys. A reload compares it. `provider` has the same meaning as for
/// [`version`].
pub(crate) fn fingerprint(idp: &IdpSettings, own: &Settings, provider: &str) -> Fingerprint {
    let IdpSettings { source, slo_url, refresh, reach } = idp;
    let Settings {
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
        engine,
        weakened: _,
    } = own;
    version(own, provider)
        .and(source.fingerprint())
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
