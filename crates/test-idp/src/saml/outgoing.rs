//! Sends a logout message to a service provider: changes it according to the lies, signs it, and sends it by either
//! binding (SAML bindings §3.4, §3.5).

use std::io::{self, Write as _};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use tower_sso_core::ConfigError;
use url::form_urlencoded;

use crate::{
    here::Here,
    idp::TestIdp,
    lies::callback::change_callback,
    pages,
    redirect::by_query,
    saml::{
        incoming::Kind,
        lies::{after_signing, change_document, forgery, saml_lies},
        sign::{sign, sign_query},
        xml::Element,
    },
    service_provider::{LogoutService, SamlBinding},
};

impl LogoutService {
    /// Sends a message to the service provider, changed according to the lies.
    pub(crate) fn send(
        &self,
        here: &Here,
        kind: Kind,
        message: Element,
        relay_state: Option<&str>,
    ) -> Response {
        let Ok(mut params) = self.params(&here.idp, kind, message, relay_state) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        change_callback(here.idp.lies(), &mut params);
        match self.binding {
            SamlBinding::Redirect => by_query(&self.address, &params),
            SamlBinding::Post => pages::form_post("Signing out", &self.address, &params),
        }
    }

    fn params(
        &self,
        idp: &TestIdp,
        kind: Kind,
        message: Element,
        relay_state: Option<&str>,
    ) -> Result<Vec<(String, String)>, ConfigError> {
        let lies = saml_lies(idp);
        let forgeries: Vec<_> = lies.iter().filter_map(forgery).collect();
        let mut message = change_document(message, &lies);
        let with = |value: Vec<u8>| {
            let mut params = vec![(kind.parameter().to_owned(), STANDARD.encode(value))];
            params.extend(relay_state.map(|state| ("RelayState".to_owned(), state.to_owned())));
            params
        };
        match self.binding {
            SamlBinding::Post => {
                sign(idp, &mut message, &forgeries)?;
                Ok(with(after_signing(message.canonical(), &lies)?.into_bytes()))
            }
            SamlBinding::Redirect => {
                let deflated = |text: &str| {
                    deflate(text).map_err(|error| ConfigError::new("message", error.to_string()))
                };
                let text = message.canonical();
                let query = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(with(deflated(&text)?))
                    .finish();
                let signature = sign_query(idp, query, &forgeries)?;
                let mut params = with(deflated(&after_signing(text, &lies)?)?);
                params.extend(signature);
                Ok(params)
            }
        }
    }
}

fn deflate(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}
