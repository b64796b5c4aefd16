//! The provider's metadata (SAML metadata §2.4.3).

use axum::{
    Extension,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    error::config::ConfigError,
    test_idp::{
        certificate::self_signed,
        guard::Here,
        idp::TestIdp,
        key::{TestKey, pem},
        saml::{
            answer::{bent_by, saml_lies},
            tree::Element,
        },
        serve::RunningIdp,
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
    // In the order of the schema (SAML metadata §2.4.1).
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
    let entity = bent_by(entity, &saml_lies(&here.idp));
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", entity.canonical()))
}

impl Here {
    /// The provider's entity ID: the address of its metadata.
    pub(super) fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base)
    }
}

impl TestIdp {
    /// The certificate of the key that signs now, as PEM: what an administrator copies.
    ///
    /// # Errors
    /// When it can't be encoded.
    pub fn certificate_pem(&self) -> Result<String, ConfigError> {
        self.current_key()?.certificate_pem(&self.settings().title)
    }
}

impl TestKey {
    /// A self-signed certificate of the key, valid from 2020 until 2049, as PEM.
    ///
    /// # Errors
    /// When it can't be encoded.
    pub fn certificate_pem(&self, name: &str) -> Result<String, ConfigError> {
        Ok(pem("CERTIFICATE", &self_signed(self, name)?))
    }
}

/// Where an SSO login at a service provider starts, of a provider at `base`.
pub(crate) fn start_url(base: &str, service_provider: &str) -> String {
    let id: String = url::form_urlencoded::byte_serialize(service_provider.as_bytes()).collect();
    format!("{base}/saml/start?sp={id}")
}

impl RunningIdp {
    /// The entity ID as a SAML provider, which is the address of its metadata too.
    #[must_use]
    pub fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base())
    }

    /// The address that SAML requests are sent to, by either binding.
    #[must_use]
    pub fn saml_sso_url(&self) -> String {
        format!("{}/saml/sso", self.base())
    }

    /// The address that logout messages are sent to, by either binding.
    #[must_use]
    pub fn saml_slo_url(&self) -> String {
        format!("{}/saml/slo", self.base())
    }

    /// Where a logout begins here that tells every app which takes part in
    /// [single logout](super::TestServiceProvider::single_logout): of whoever is signed in here in the browser that goes
    /// there, each app by its SessionIndex; or of the user with an email address, in every browser, without one.
    #[must_use]
    pub fn saml_sign_out_url(&self, user: Option<&str>) -> String {
        let user =
            user.map(|email| url::form_urlencoded::byte_serialize(email.as_bytes()).collect::<String>());
        let query = user.map_or_else(String::new, |user| format!("?user={user}"));
        format!("{}/saml/sign-out{query}", self.base())
    }

    /// Where an SSO login starts here, at a service provider that [allows it](super::TestServiceProvider::starts_here).
    #[must_use]
    pub fn saml_start_url(&self, service_provider: &str) -> String {
        start_url(self.base(), service_provider)
    }

    fn base(&self) -> &str {
        self.issuer().trim_end_matches('/')
    }
}
