//! What this crate says about a fixture.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::Secret;
use tower_sso_saml::{IdpFields, IdpMetadata, RequestBinding, ServiceProvider, Settings, SpKey};

use crate::fixtures::{ASKED, Fixture, IDP, Keys, addresses};

/// Returns the NameID of an accepted fixture, or the name of the refusal.
pub fn judge(fixture: &Fixture, keys: &Keys, now: SystemTime) -> Result<String, String> {
    let idp = IdpMetadata::of_fields(IdpFields {
        entity_id: IDP,
        sso_url: "https://idp.example/sso",
        slo_url: None,
        certificates: &fixture.certificates,
        binding: RequestBinding::Redirect,
    });
    let idp = idp.map_err(|error| error.to_string())?;
    let decryption = if fixture.is_encrypted {
        vec![SpKey { key: Secret::new(keys.own.private_pem()), certificate: keys.own.certificate() }]
    } else {
        Vec::new()
    };
    let settings = Settings { decryption, require_encryption: fixture.is_encrypted, ..Settings::default() };
    let sp = ServiceProvider::new(settings).map_err(|error| error.to_string())?;
    let (addresses, begun_at) = (addresses(), now - Duration::from_secs(20 * 60));
    let login = sp.login_of(ASKED, &addresses, begun_at);
    let response = sp.decode_response(Some(&login), &STANDARD.encode(&fixture.xml));
    let verified =
        response.and_then(|response| sp.validate_response(&idp, &response, Some(&login), &addresses, now));
    verified.map(|assertion| assertion.into_parts().subject).map_err(|error| format!("{:?}", error.kind()))
}
