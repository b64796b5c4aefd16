//! Sends a response: changes it according to the lies, signs it, encrypts it and posts it (SAML bindings §3.5).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::ConfigError;

use crate::{
    lies::{callback::change_callback, saml::SamlLie},
    pages,
    saml::{
        encrypt::encrypt,
        lies::{after_signing, change_document, forgery, saml_lies},
        response::SamlExchange,
        sign::sign,
        xml::Element,
    },
    service_provider::SamlSigned,
};

/// Posts a response to the service provider, changed according to the lies.
pub(crate) fn send(exchange: &SamlExchange<'_>, response: Element) -> Response {
    let lies = saml_lies(&exchange.here.idp);
    let Ok(text) = sealed(exchange, response, &lies) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut params = vec![("SAMLResponse".to_owned(), STANDARD.encode(text))];
    if let Some(relay_state) = &exchange.request.relay_state {
        params.push(("RelayState".to_owned(), relay_state.clone()));
    }
    change_callback(exchange.here.idp.lies(), &mut params);
    pages::form_post("Signed in", &exchange.provider.acs, &params)
}

/// Applies the lies, signs and encrypts. Returns the text to send.
fn sealed(
    exchange: &SamlExchange<'_>,
    mut response: Element,
    lies: &[SamlLie],
) -> Result<String, ConfigError> {
    let (idp, provider) = (&exchange.here.idp, exchange.provider);
    response = change_document(response, lies);
    let forgeries: Vec<_> = lies.iter().filter_map(forgery).collect();
    let mut problem = None;
    response.change_children(&mut |mut child| {
        if !child.is("saml:Assertion") {
            return vec![child];
        }
        if matches!(provider.signed, SamlSigned::Assertion | SamlSigned::Both)
            && let Err(error) = sign(idp, &mut child, &forgeries)
        {
            problem = Some(error);
        }
        let encrypts = !lies.contains(&SamlLie::NotEncrypted);
        if let (true, Some(cipher), Some(pem)) = (encrypts, provider.cipher, &provider.encryption_key) {
            match encrypt(&child, cipher, pem, lies) {
                Ok(encrypted) => child = encrypted,
                Err(_) => problem = Some(ConfigError::new("encryption_key", "it does not encrypt")),
            }
        }
        vec![child]
    });
    if matches!(provider.signed, SamlSigned::Response | SamlSigned::Both) {
        sign(idp, &mut response, &forgeries)?;
    }
    let text = after_signing(response.canonical(), lies)?;
    problem.map_or(Ok(text), Err)
}
