//! Reads every attribute of the assertion as JSON (SAML core §2.7.3).
//!
//! One value becomes a string; zero or several values become a list of strings. The keys are the exact values of
//! `Name`: neither `FriendlyName` nor `NameFormat` is read. An `EncryptedAttribute` is refused, because leaving it out
//! could change what a role mapping says.

use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind::SamlAttributeInvalid},
    signature::verified::VerifiedElement,
    xml::namespace::SAML,
};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Returns the attributes by their exact `Name`. Elements with the same name are one attribute. A value with
/// `xsi:nil` is left out.
///
/// # Errors
///
/// Returns `SamlAttributeInvalid` for an attribute without a name, a value that is neither text nor a NameID, and an
/// element that is not an `Attribute`.
pub(crate) fn read(assertion: VerifiedElement<'_>) -> Result<Map<String, Value>, Error> {
    let mut attributes = Map::new();
    let statements = assertion.children().filter(|child| child.is(SAML, "AttributeStatement"));
    for attribute in statements.flat_map(VerifiedElement::children) {
        if !attribute.is(SAML, "Attribute") {
            let problem = format!("{} is not read: send an Attribute", attribute.local());
            return Err(Error::with(SamlAttributeInvalid, problem));
        }
        let name = attribute.attribute("Name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Error::with(SamlAttributeInvalid, "an Attribute has no Name"))?;
        let list = attributes.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        for value in attribute.children().filter(|child| child.is(SAML, "AttributeValue")) {
            if let (Some(text), Value::Array(list)) = (text(value, name)?, &mut *list) {
                list.push(Value::String(text.to_owned()));
            }
        }
    }
    for value in attributes.values_mut() {
        if let Value::Array(list) = value
            && let [_] = list.as_slice()
            && let Some(only) = list.pop()
        {
            *value = only;
        }
    }
    Ok(attributes)
}

/// Returns a value's text, or the text of the NameID inside it, as in eduPersonTargetedID.
fn text<'d>(value: VerifiedElement<'d>, name: &str) -> Result<Option<&'d str>, Error> {
    let nil = |(namespace, local, value): (&str, &str, &str)| {
        namespace == XSI && local == "nil" && matches!(value, "true" | "1")
    };
    let mut children = value.children();
    match (children.next(), children.next()) {
        (None, _) if value.attributes().any(nil) => Ok(None),
        (None, _) => value.text().map(Some),
        (Some(inner), None) if inner.is(SAML, "NameID") => inner.text().map(Some),
        (Some(_), _) => {
            Err(Error::with(SamlAttributeInvalid, format!("a value of {name:?} is no text and no NameID")))
        }
    }
}

/// Returns the values of an attribute.
pub(crate) fn values<'m>(attributes: &'m Map<String, Value>, name: &str) -> Vec<&'m str> {
    match attributes.get(name) {
        Some(Value::String(only)) => vec![only],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Vec::new(),
    }
}
