//! samael over the same document, in this process: its own service provider, whole.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_saml::internal::{
    openssl::pkey::PKey,
    samael::{
        crypto::AllowedSignatureAlgorithm::{EcdsaSha256, RsaSha256},
        metadata::EntityDescriptor,
        service_provider::ServiceProvider,
    },
};

use crate::documents::{Document, page};

/// What judges the document within a minute of its making, or why it can't.
pub fn peer(document: &Document) -> Result<impl Fn(), String> {
    let provider = ServiceProvider {
        entity_id: Some(page("metadata")),
        acs_url: Some(page("acs")),
        key: document.key.as_ref().map(|key| {
            PKey::private_key_from_pem(key.private_key_pem().unwrap().expose().as_bytes()).unwrap()
        }),
        idp_metadata: metadata(document),
        allow_idp_initiated: true,
        allowed_signature_algorithms: Some(vec![RsaSha256, EcdsaSha256]),
        ..ServiceProvider::default()
    };
    let response = document.response.clone();
    let judge = move || {
        let assertion = provider.parse_base64_response(&response, None).map_err(|error| error.to_string())?;
        let name = assertion.subject.and_then(|subject| subject.name_id);
        match name.is_some_and(|name| name.value == "ada@acme.example") {
            true => Ok(()),
            false => Err("another identity".to_owned()),
        }
    };
    judge()?;
    Ok(move || judge().unwrap())
}

fn metadata(document: &Document) -> EntityDescriptor {
    let pem = document.certificate.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
    assert!(STANDARD.decode(&pem).is_ok());
    let (entity_id, md) = (&document.idp_entity_id, "urn:oasis:names:tc:SAML:2.0:metadata");
    let text = format!(
        r#"<md:EntityDescriptor xmlns:md="{md}" entityID="{entity_id}"><md:IDPSSODescriptor
        protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo
        xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{pem}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService
        Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{entity_id}"/></md:IDPSSODescriptor></md:EntityDescriptor>"#
    );
    text.parse().unwrap()
}
