//! The NameID (SAML core §2.2.3, §8.3): who it is, and what that is unique within.

use serde_json::{Map, Value};

use super::{LinkScope, Rules, attributes};
use crate::{
    login::{LoginError, LoginErrorKind::SamlNameIdInvalid},
    provider::saml::tree::Tree,
    session::{ATTRIBUTE, TRANSIENT},
};

pub(super) const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
/// The longest identifier that is taken, in bytes.
const LONGEST: usize = 1024;

/// A NameID.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct NameId<'d> {
    pub(in super::super) value: &'d str,
    pub(in super::super) format: &'d str,
    pub(in super::super) name_qualifier: Option<&'d str>,
    pub(in super::super) sp_name_qualifier: Option<&'d str>,
}

impl<'d> NameId<'d> {
    /// # Errors
    ///
    /// `SamlNameIdInvalid` when it is empty, too long, or holds white space around it or control characters.
    pub(in super::super) fn read(element: impl Tree<'d>) -> Result<Self, LoginError> {
        let qualifier = |name| element.attribute(name).filter(|value| !value.is_empty());
        Ok(Self {
            value: identifier(element.text()?)?,
            // §2.2.2: without a format it is unspecified.
            format: qualifier("Format").unwrap_or(UNSPECIFIED),
            name_qualifier: qualifier("NameQualifier"),
            sp_name_qualifier: qualifier("SPNameQualifier"),
        })
    }

    /// What it is unique within: provider, app and format; and the qualifiers, where they are not these two.
    pub(in super::super) fn scope(&self, idp_entity_id: &str, sp_entity_id: &str) -> LinkScope {
        let mut within = format!("{sp_entity_id} {}", self.format);
        for (qualifier, usual) in
            [(self.name_qualifier, idp_entity_id), (self.sp_name_qualifier, sp_entity_id)]
        {
            if let Some(qualifier) = qualifier.filter(|qualifier| *qualifier != usual) {
                within.push(' ');
                quote(qualifier, &mut within);
            }
        }
        LinkScope(idp_entity_id.to_owned(), within)
    }
}

/// Appends a text in quotation marks, so that no text of the provider's runs into the next. It is kept: not `{:?}`, whose
/// form is the standard library's to change.
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

/// Who it is, for this provider and us: the attribute that was chosen for it, or else the NameID, unless it is transient:
/// that names nobody the next time (§8.3.8).
pub(super) fn identify(
    name_id: Option<&NameId<'_>>,
    attributes: &Map<String, Value>,
    rules: &Rules<'_>,
) -> Result<(LinkScope, String), LoginError> {
    let invalid = |problem: String| LoginError::with(SamlNameIdInvalid, problem);
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

/// What the account link is of. Its scope is what the connection says, its subject all that the answer says besides: an
/// answer in another format, or with other qualifiers, is another subject, and no reason to link anew. Who bends a request
/// on its way can have either.
pub(super) fn link(scope: &LinkScope, subject: &str, rules: &Rules<'_>) -> (LinkScope, String) {
    let (idp, sp) = (rules.idp_entity_id, rules.sp_entity_id);
    let set = match (rules.subject_attribute, rules.name_id.format()) {
        (Some(name), _) => attribute_scope(idp, sp, name),
        (None, Some(format)) => LinkScope(idp.to_owned(), format!("{sp} {format}")),
        (None, None) => LinkScope(idp.to_owned(), sp.to_owned()),
    };
    // No identifier holds a line feed: the two can't be confused.
    let subject = if *scope == set { subject.to_owned() } else { format!("{}\n{subject}", scope.1) };
    (set, subject)
}

/// What a subject is unique within that an attribute names.
pub(in super::super) fn attribute_scope(idp_entity_id: &str, sp_entity_id: &str, name: &str) -> LinkScope {
    LinkScope(idp_entity_id.to_owned(), format!("{sp_entity_id} {ATTRIBUTE} {name}"))
}

/// The profile: the attributes, and the NameID with its format as `name_id` and `name_id_format`.
pub(super) fn with_profile(
    mut attributes: Map<String, Value>,
    name_id: Option<&NameId<'_>>,
) -> Map<String, Value> {
    if let Some(name_id) = name_id {
        attributes.insert("name_id".to_owned(), name_id.value.into());
        attributes.insert("name_id_format".to_owned(), name_id.format.into());
    }
    attributes
}

fn identifier(text: &str) -> Result<&str, LoginError> {
    let plain = text.trim() == text && !text.contains(char::is_control);
    if (1..=LONGEST).contains(&text.len()) && plain {
        Ok(text)
    } else {
        Err(LoginError::with(SamlNameIdInvalid, "empty, too long, or with white space or control characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_a_subject_and_of_a_link_is_kept_in_this_form() {
        let of = |name_qualifier, sp_name_qualifier| {
            NameId { value: "x", format: "f", name_qualifier, sp_name_qualifier }.scope("idp", "sp").1
        };
        assert_eq!(of(None, None), "sp f");
        assert_eq!(of(Some("idp"), Some("sp")), "sp f", "the usual ones");
        assert_eq!(of(Some("other"), Some("ours")), r#"sp f "other" "ours""#);
        assert_eq!(of(Some("a \" \\ \n\r\t\u{7f} ä"), None), r#"sp f "a \" \\ \n\r\t\u{7f} ä""#);
        let expected = LinkScope("idp".to_owned(), "sp attribute uid".to_owned());
        assert_eq!(attribute_scope("idp", "sp", "uid"), expected);
    }
}
