//! The provider's metadata (SAML metadata §2.4.3).

use axum::{
    Extension,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::ConfigError;

use crate::{
    here::Here,
    keys::certificate::self_signed,
    saml::{
        lies::{change_document, saml_lies},
        xml::Element,
    },
};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// `GET /saml/metadata`.
pub(crate) async fn metadata(Extension(here): Extension<Here>) -> Response {
    match document(&here) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn document(here: &Here) -> Result<String, ConfigError> {
    let keys = here.idp.state().keys.clone();
    let certificates = keys.iter().map(|key| self_signed(key, &here.idp.settings().title));
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    let certificates = certificates.iter().map(|certificate| {
        let certificate = Element::new("ds:X509Certificate").text(STANDARD.encode(certificate));
        let key = Element::new("ds:KeyInfo").child(Element::new("ds:X509Data").child(certificate));
        Element::new("md:KeyDescriptor").with("use", "signing").child(key)
    });
    let service = |name: &str, path: &str, binding: &str| {
        Element::new(name).with("Binding", binding).with("Location", format!("{}{path}", here.base))
    };
    // The elements are in the order of the schema (SAML metadata §2.4.1).
    let logout = [REDIRECT, POST].map(|binding| service("md:SingleLogoutService", "/saml/slo", binding));
    let logout = logout.into_iter().filter(|_| here.idp.has_single_logout());
    let signed = here.idp.settings().service_providers.iter().any(|provider| provider.signing_key.is_some());
    let role = Element::new("md:IDPSSODescriptor")
        .with("protocolSupportEnumeration", PROTOCOL)
        .with("WantAuthnRequestsSigned", signed.to_string())
        .children_from(certificates)
        .children_from(logout)
        .child(service("md:SingleSignOnService", "/saml/sso", REDIRECT))
        .child(service("md:SingleSignOnService", "/saml/sso", POST));
    let entity = Element::new("md:EntityDescriptor").with("entityID", here.saml_entity_id()).child(role);
    let entity = change_document(entity, &saml_lies(&here.idp));
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", entity.canonical()))
}
