//! Reads the NameID (SAML core §2.2.3, §8.3): which user it identifies, and the scope within which it is unique.
//!
//! 1. The subject is the attribute that the settings name, which must have exactly one value, or else the NameID.
//! 2. A transient NameID never identifies a user (§8.3.8).
//! 3. An identifier has 1 to 1024 bytes, no white space around it and no control characters in it.
//! 4. Two NameIDs are of the same user only if provider, app, format, qualifiers and value are equal.
//!
//! The scope of an account link depends only on the connection, and never on the response.

use serde_json::{Map, Value};

use crate::{
    error::{Error, ErrorKind::SamlNameIdInvalid},
    response::{attributes, rules::Rules},
    scope::{ATTRIBUTE, SubjectScope, TRANSIENT},
    tree::Tree,
};

pub(crate) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// The maximum length of an identifier, in bytes.
const MAX_IDENTIFIER_BYTES: usize = 1024;

/// A NameID.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameId<'d> {
    pub(crate) value: &'d str,
    pub(crate) format: &'d str,
    pub(crate) name_qualifier: Option<&'d str>,
    pub(crate) sp_name_qualifier: Option<&'d str>,
}

impl<'d> NameId<'d> {
    /// Parses a NameID.
    ///
    /// # Errors
    ///
    /// Returns `SamlNameIdInvalid` if it is empty, is too long, or has white space around it or control characters in
    /// it.
    pub(crate) fn read(element: impl Tree<'d>) -> Result<Self, Error> {
        let qualifier = |name| element.attribute(name).filter(|value| !value.is_empty());
        Ok(Self {
            value: identifier(element.text()?)?,
            // §2.2.2: a NameID without a format is unspecified.
            format: qualifier("Format").unwrap_or(UNSPECIFIED),
            name_qualifier: qualifier("NameQualifier"),
            sp_name_qualifier: qualifier("SPNameQualifier"),
        })
    }

    /// Returns the scope within which the NameID is unique: provider, app and format, and the qualifiers if they are
    /// not the provider and the app.
    pub(crate) fn scope(&self, idp_entity_id: &str, sp_entity_id: &str) -> SubjectScope {
        let mut within = format!("{sp_entity_id} {}", self.format);
        for (qualifier, usual) in
            [(self.name_qualifier, idp_entity_id), (self.sp_name_qualifier, sp_entity_id)]
        {
            if let Some(qualifier) = qualifier.filter(|qualifier| *qualifier != usual) {
                within.push(' ');
                quote(qualifier, &mut within);
            }
        }
        SubjectScope(idp_entity_id.to_owned(), within)
    }
}

/// Appends a text in quotation marks, so that a text from the provider cannot run into the next. The result is
/// stored: therefore `{:?}` is not used, whose form the standard library may change.
fn quote(text: &str, to: &mut String) {
    to.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => to.extend(['\\', c]),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            c if c.is_control() => to.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => to.push(c),
        }
    }
    to.push('"');
}

/// Returns the user's scope and subject, for this provider and this app. The subject is the configured attribute, or
/// else the NameID. A transient NameID is refused, because it does not identify the user the next time (§8.3.8).
///
/// # Errors
///
/// Returns `SamlNameIdInvalid` if there is no such attribute or NameID, or if it identifies nobody.
pub(crate) fn identify(
    name_id: Option<&NameId<'_>>,
    attributes: &Map<String, Value>,
    rules: &Rules<'_>,
) -> Result<(SubjectScope, String), Error> {
    let invalid = |problem: String| Error::with(SamlNameIdInvalid, problem);
    if let Some(name) = rules.subject_attribute {
        let [only] = attributes::values(attributes, name)[..] else {
            return Err(invalid(format!("expected one value of the attribute {name:?}")));
        };
        let scope = attribute_scope(rules.idp_entity_id, rules.sp_entity_id, name);
        return Ok((scope, identifier(only)?.to_owned()));
    }
    let name_id = name_id.ok_or_else(|| invalid("the Subject has no NameID".to_owned()))?;
    if name_id.format == TRANSIENT {
        return Err(invalid(
            "a transient NameID identifies nobody: ask for another, or set subject_attribute".to_owned(),
        ));
    }
    Ok((name_id.scope(rules.idp_entity_id, rules.sp_entity_id), name_id.value.to_owned()))
}

/// Returns the scope and the subject of the account link. The scope depends only on the connection. The subject
/// contains everything else that the response says: a response with another format, or with other qualifiers, has
/// another subject and does not cause a new link. An attacker who tampers with a request in transit can cause either.
pub(crate) fn link(scope: &SubjectScope, subject: &str, rules: &Rules<'_>) -> (SubjectScope, String) {
    let (idp, sp) = (rules.idp_entity_id, rules.sp_entity_id);
    let set = match (rules.subject_attribute, rules.name_id.format()) {
        (Some(name), _) => attribute_scope(idp, sp, name),
        (None, Some(format)) => SubjectScope(idp.to_owned(), format!("{sp} {format}")),
        (None, None) => SubjectScope(idp.to_owned(), sp.to_owned()),
    };
    // No identifier contains a line feed, so the two cannot be confused.
    let subject = if *scope == set { subject.to_owned() } else { format!("{}\n{subject}", scope.1) };
    (set, subject)
}

/// Returns the scope within which a subject is unique if an attribute identifies it.
pub(crate) fn attribute_scope(idp_entity_id: &str, sp_entity_id: &str, name: &str) -> SubjectScope {
    SubjectScope(idp_entity_id.to_owned(), format!("{sp_entity_id} {ATTRIBUTE} {name}"))
}

/// Returns the profile: the attributes, and the NameID with its format as `name_id` and `name_id_format`.
pub(crate) fn with_profile(
    mut attributes: Map<String, Value>,
    name_id: Option<&NameId<'_>>,
) -> Map<String, Value> {
    if let Some(name_id) = name_id {
        attributes.insert("name_id".to_owned(), name_id.value.into());
        attributes.insert("name_id_format".to_owned(), name_id.format.into());
    }
    attributes
}

/// Returns the text if it can be an identifier.
fn identifier(text: &str) -> Result<&str, Error> {
    let plain = text.trim() == text && !text.contains(char::is_control);
    if (1..=MAX_IDENTIFIER_BYTES).contains(&text.len()) && plain {
        Ok(text)
    } else {
        Err(Error::with(SamlNameIdInvalid, "empty, too long, or with white space or control characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_subject_scope_and_a_link_scope_does_not_change() {
        let of = |name_qualifier, sp_name_qualifier| {
            NameId { value: "x", format: "f", name_qualifier, sp_name_qualifier }.scope("idp", "sp").1
        };
        assert_eq!(of(None, None), "sp f");
        assert_eq!(of(Some("idp"), Some("sp")), "sp f", "the usual ones");
        assert_eq!(of(Some("other"), Some("ours")), r#"sp f "other" "ours""#);
        assert_eq!(of(Some("a \" \\ \n\r\t\u{7f} ä"), None), r#"sp f "a \" \\ \n\r\t\u{7f} ä""#);
        let expected = SubjectScope("idp".to_owned(), "sp attribute uid".to_owned());
        assert_eq!(attribute_scope("idp", "sp", "uid"), expected);
    }
}
