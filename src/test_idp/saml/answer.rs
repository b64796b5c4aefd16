//! The answer on its way: bent, signed, encrypted, posted (SAML bindings §3.5).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    error::config::ConfigError,
    test_idp::{
        answer::bend,
        idp::TestIdp,
        lie::Lie,
        pages,
        saml::{
            encrypt::encrypt,
            lie::{SamlForgery, SamlLie},
            response::Answering,
            service_provider::SamlSigned,
            sign::sign,
            tree::Element,
        },
    },
};

/// Posts an answer to the service provider, as the lies have it.
pub(super) fn send(answering: &Answering<'_>, response: Element) -> Response {
    let lies = saml_lies(&answering.here.idp);
    let Ok(text) = sealed(answering, response, &lies) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut params = vec![("SAMLResponse".to_owned(), STANDARD.encode(text))];
    if let Some(relay_state) = &answering.request.relay_state {
        params.push(("RelayState".to_owned(), relay_state.clone()));
    }
    for lie in answering.here.idp.lies() {
        if let Lie::Callback { name, change } = lie {
            bend(&mut params, &name, change);
        }
    }
    pages::form_post("Signed in", &answering.provider.acs, &params)
}

/// The status that the provider was told to fail with, if it was.
pub(super) fn told_to_fail(idp: &TestIdp) -> Option<String> {
    saml_lies(idp).into_iter().find_map(|lie| match lie {
        SamlLie::Status(status) => Some(status),
        SamlLie::Attribute { .. }
        | SamlLie::Text { .. }
        | SamlLie::Without(_)
        | SamlLie::Twice(_)
        | SamlLie::Inside { .. }
        | SamlLie::Signature(_)
        | SamlLie::AfterSigning { .. }
        | SamlLie::KeyTransport(_)
        | SamlLie::Cipher(_)
        | SamlLie::GarbledCiphertext
        | SamlLie::NotEncrypted => None,
    })
}

/// Bends, signs and encrypts; the text that is sent.
fn sealed(answering: &Answering<'_>, mut response: Element, lies: &[SamlLie]) -> Result<String, ConfigError> {
    let (idp, provider) = (&answering.here.idp, answering.provider);
    response = bent_by(response, lies);
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

/// A text that was signed, as the lies have it afterwards.
pub(super) fn after_signing(mut text: String, lies: &[SamlLie]) -> Result<String, ConfigError> {
    for lie in lies {
        if let SamlLie::AfterSigning { find, replace } = lie {
            if !text.contains(find.as_str()) {
                return Err(ConfigError::new("lie", format!("{find:?} is not there to be replaced")));
            }
            text = text.replace(find.as_str(), replace);
        }
    }
    Ok(text)
}

pub(super) fn saml_lies(idp: &TestIdp) -> Vec<SamlLie> {
    let lie = |lie| if let Lie::Saml(lie) = lie { Some(lie) } else { None };
    idp.lies().into_iter().filter_map(lie).collect()
}

pub(super) fn forgery(lie: &SamlLie) -> Option<SamlForgery> {
    if let SamlLie::Signature(forgery) = lie { Some(forgery.clone()) } else { None }
}

/// A document as the lies have it.
pub(super) fn bent_by(document: Element, lies: &[SamlLie]) -> Element {
    let bend = |document, lie| bent(document, "", lie).into_iter().next().unwrap_or_default();
    lies.iter().fold(document, bend)
}

/// An element, at the path `above`, as a lie has it.
fn bent(mut element: Element, above: &str, lie: &SamlLie) -> Vec<Element> {
    let path = format!("{above}/{}", element.local());
    let named = |name: &str| path.ends_with(&format!("/{name}"));
    let mut count = 1;
    match lie {
        SamlLie::Attribute { element: name, name: attribute, value } if named(name) => {
            element.set(attribute, value.clone());
        }
        SamlLie::Text { element: name, text } if named(name) => element.set_text(text),
        SamlLie::Without(name) if named(name) => count = 0,
        SamlLie::Twice(name) if named(name) => count = 2,
        SamlLie::Inside { element: name, child } if named(name) => {
            element = element.child(Element::new(child));
        }
        SamlLie::Attribute { .. }
        | SamlLie::Text { .. }
        | SamlLie::Without(_)
        | SamlLie::Twice(_)
        | SamlLie::Inside { .. }
        | SamlLie::Status(_)
        | SamlLie::Signature(_)
        | SamlLie::AfterSigning { .. }
        | SamlLie::KeyTransport(_)
        | SamlLie::Cipher(_)
        | SamlLie::GarbledCiphertext
        | SamlLie::NotEncrypted => {}
    }
    element.change_children(&mut |child| bent(child, &path, lie));
    vec![element; count]
}
