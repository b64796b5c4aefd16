//! Applies the lies to a SAML message.

use tower_sso_core::ConfigError;

use crate::{
    idp::TestIdp,
    lies::{
        lie::Lie,
        saml::{SamlForgery, SamlLie},
    },
    saml::xml::Element,
};

/// Returns the status to fail with, if there is such a lie.
pub(crate) fn failure_status(idp: &TestIdp) -> Option<String> {
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

/// Applies the lies that change a text after it was signed.
pub(crate) fn after_signing(mut text: String, lies: &[SamlLie]) -> Result<String, ConfigError> {
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

pub(crate) fn saml_lies(idp: &TestIdp) -> Vec<SamlLie> {
    let lie = |lie| if let Lie::Saml(lie) = lie { Some(lie) } else { None };
    idp.lies().into_iter().filter_map(lie).collect()
}

pub(crate) fn forgery(lie: &SamlLie) -> Option<SamlForgery> {
    if let SamlLie::Signature(forgery) = lie { Some(forgery.clone()) } else { None }
}

/// Applies the lies to a document.
pub(crate) fn change_document(document: Element, lies: &[SamlLie]) -> Element {
    let change = |document, lie| change_element(document, "", lie).into_iter().next().unwrap_or_default();
    lies.iter().fold(document, change)
}

/// Applies a lie to an element at the path `above`. Returns the elements that replace it.
fn change_element(mut element: Element, above: &str, lie: &SamlLie) -> Vec<Element> {
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
    element.change_children(&mut |child| change_element(child, &path, lie));
    vec![element; count]
}
