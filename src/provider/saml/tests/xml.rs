//! Documents that are not XML, or XML that readers disagree about.

use crate::provider::saml::tests::{assertion, assertion_signed, open, refused, response};

fn before(what: &str) -> String {
    format!("{what}{}", assertion_signed())
}

/// In the Status, which nothing signs here.
fn inside(what: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("{what}<samlp:StatusCode"), 1)
}

fn on_status_code(attribute: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("<samlp:StatusCode {attribute}"), 1)
}

refused! {
    fn a_doctype() -> SamlDoctype { before("<!DOCTYPE x>") }
    fn a_doctype_with_entities() -> SamlDoctype { before("<!DOCTYPE x [<!ENTITY a \"b\">]>") }
    fn an_external_entity() -> SamlDoctype {
        before("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>")
    }
    fn an_attribute_default() -> SamlDoctype { before("<!DOCTYPE x [<!ATTLIST x ID CDATA \"a1\">]>") }
    fn a_doctype_in_lower_case() -> SamlDoctype { before("<!doctype x>") }
    fn a_doctype_inside() -> SamlDoctype { inside("<!DOCTYPE x>") }
    fn an_undeclared_entity() -> SamlXmlInvalid { inside("&nbsp;") }
    fn a_processing_instruction_before() -> SamlProcessingInstruction { before("<?x y?>") }
    fn a_style_sheet() -> SamlProcessingInstruction { before("<?xml-stylesheet href=\"x\"?>") }
    fn a_second_xml_declaration() -> SamlProcessingInstruction {
        before("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>")
    }
    fn an_xml_declaration_after_white_space() -> SamlProcessingInstruction {
        before(" <?xml version=\"1.0\"?>")
    }
    fn a_processing_instruction_behind() -> SamlProcessingInstruction { format!("{}<?x?>", assertion_signed()) }
    fn xml_1_1() -> SamlXmlInvalid { before("<?xml version=\"1.1\"?>") }
    fn a_reference_in_the_declaration() -> SamlXmlInvalid { before("<?xml version=\"&#49;.0\"?>") }
    fn another_encoding() -> SamlEncodingInvalid { before("<?xml version=\"1.0\" encoding=\"UTF-7\"?>") }
    fn latin_1() -> SamlEncodingInvalid { before("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>") }
    fn a_tab_in_an_attribute() -> SamlAttributeWhitespace { on_status_code("a=\"b\tc\"") }
    fn a_line_feed_in_an_attribute() -> SamlAttributeWhitespace { on_status_code("a='b\nc'") }
    fn a_carriage_return_in_an_attribute() -> SamlAttributeWhitespace { on_status_code("a=\"b\rc\"") }
    fn an_attribute_twice() -> SamlXmlInvalid { on_status_code("a=\"1\" a=\"2\"") }
    fn an_attribute_twice_by_its_expanded_name() -> SamlXmlInvalid {
        on_status_code("xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:a=\"1\" q:a=\"2\"")
    }
    fn a_namespace_declared_twice() -> SamlXmlInvalid { on_status_code("xmlns:p=\"urn:p\" xmlns:p=\"urn:q\"") }
    fn an_undeclared_prefix() -> SamlXmlInvalid { on_status_code("p:a=\"1\"") }
    fn a_prefix_declared_as_nothing() -> SamlXmlInvalid { on_status_code("xmlns:p=\"\"") }
    fn the_prefix_xml_as_another() -> SamlXmlInvalid { on_status_code("xmlns:xml=\"urn:x\"") }
    fn another_prefix_as_xml() -> SamlXmlInvalid {
        on_status_code("xmlns:p=\"http://www.w3.org/XML/1998/namespace\"")
    }
    fn the_prefix_xmlns_declared() -> SamlXmlInvalid { on_status_code("xmlns:xmlns=\"urn:x\"") }
    fn the_prefix_xmlns_on_an_element() -> SamlXmlInvalid { inside("<xmlns:a/>") }
    fn a_relative_namespace() -> SamlXmlInvalid { on_status_code("xmlns:p=\"p\"") }
    fn a_relative_namespace_with_a_path() -> SamlXmlInvalid { on_status_code("xmlns=\"../p:q\"") }
    fn a_name_with_two_colons() -> SamlXmlInvalid { inside("<samlp:a:b/>") }
    fn a_name_that_begins_with_a_colon() -> SamlXmlInvalid { inside("<:a/>") }
    fn a_local_name_that_begins_with_a_digit() -> SamlXmlInvalid { inside("<samlp:1/>") }
    fn a_null_character() -> SamlXmlInvalid { inside("\0") }
    fn a_control_character() -> SamlXmlInvalid { inside("\u{1}") }
    fn a_noncharacter() -> SamlXmlInvalid { inside("\u{fffe}") }
    fn a_reference_to_nothing() -> SamlXmlInvalid { inside("&#0;") }
    fn a_reference_to_a_noncharacter() -> SamlXmlInvalid { inside("&#xFFFE;") }
    fn a_reference_to_a_surrogate() -> SamlXmlInvalid { inside("&#xD800;") }
    fn a_reference_beyond_unicode() -> SamlXmlInvalid { inside("&#x110000;") }
    fn a_reference_that_wraps_around() -> SamlXmlInvalid { inside("&#x100000041;") }
    fn a_control_character_in_a_comment() -> SamlXmlInvalid { inside("<!--\u{1}-->") }
    fn a_control_character_in_cdata() -> SamlXmlInvalid { inside("<![CDATA[\u{1}]]>") }
    fn a_control_character_in_an_attribute() -> SamlXmlInvalid { on_status_code("a=\"\u{1}\"") }
    fn a_lower_than_in_an_attribute() -> SamlXmlInvalid { on_status_code("a=\"<\"") }
    fn two_hyphens_in_a_comment() -> SamlXmlInvalid { inside("<!-- -- -->") }
    fn the_end_of_cdata_in_text() -> SamlXmlInvalid { inside("]]>") }
    fn text_behind_the_root() -> SamlXmlInvalid { format!("{}x", assertion_signed()) }
    fn text_before_the_root() -> SamlXmlInvalid { before("x") }
    fn two_roots() -> SamlXmlInvalid { format!("{0}{0}", assertion_signed()) }
    fn a_root_behind() -> SamlXmlInvalid { format!("{}<x/>", assertion_signed()) }
    fn cut_short() -> SamlXmlInvalid { assertion_signed().trim_end_matches("</samlp:Response>").to_owned() }
    fn cut_in_a_tag() -> SamlXmlInvalid { let mut text = assertion_signed(); text.pop(); text }
    fn cut_in_a_comment() -> SamlXmlInvalid { inside("<!--") }
    fn attributes_without_space() -> SamlXmlInvalid { on_status_code("a=\"1\"b=\"2\"") }
    fn an_attribute_without_quotes() -> SamlXmlInvalid { on_status_code("a=1") }
    fn an_end_tag_of_another_name() -> SamlXmlInvalid { inside("<samlp:a></samlp:b>") }
    fn nothing() -> SamlXmlInvalid { String::new() }
    fn json() -> SamlXmlInvalid { "{}".to_owned() }
    fn utf_16() -> SamlXmlInvalid { "\u{feff}\0<\0x\0/\0>".to_owned() }
}

#[test]
fn what_xml_allows_is_allowed() {
    for text in [
        on_status_code("a=\"&#9;&#10;\""),
        on_status_code("xmlns=\"\""),
        on_status_code("xmlns:xml=\"http://www.w3.org/XML/1998/namespace\" xml:lang=\"en\""),
        inside("&amp;&lt;&gt;&quot;&apos;&#x10FFFF;"),
        inside("<![CDATA[ <x> ]]>"),
        inside("<!-- <!DOCTYPE x> <?x?> -->"),
        inside("<samlp:ä/>"),
        format!("<!-- a -->{}<!-- b -->\n", assertion_signed()),
        before("<?xml version='1.0' encoding='utf-8' standalone='yes' ?>"),
    ] {
        open(&text).expect(&text);
    }
}

#[test]
fn a_namespace_bound_to_another_prefix_is_what_it_is() {
    let text = response(&assertion("a1", "ada@example.com").unsigned()).unsigned();
    assert_eq!(
        crate::provider::saml::tests::kind(&text),
        Some(crate::provider::saml::error::ErrorKind::SamlSignatureMissing)
    );
    let renamed = text.replace("saml:", "s:").replace("xmlns:saml=", "xmlns:s=");
    assert_eq!(
        crate::provider::saml::tests::kind(&renamed),
        Some(crate::provider::saml::error::ErrorKind::SamlSignatureMissing)
    );
    // The prefixes the other way around: an Assertion of the protocol's namespace is none.
    let swapped = text.replace(
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID",
    );
    assert_eq!(
        crate::provider::saml::tests::kind(&swapped),
        Some(crate::provider::saml::error::ErrorKind::SamlElementUnexpected)
    );
}

#[test]
fn cut_or_changed_anywhere_it_is_refused_or_says_the_same() {
    let text = assertion_signed();
    open(&text).unwrap();
    for at in 0..text.len() {
        open(&text[..at]).unwrap_err();
        for other in ["<", "\"", "&", ""] {
            if let Ok(seen) = open(&format!("{}{other}{}", &text[..at], &text[at + 1..])) {
                assert_eq!(seen.name_id, "ada@example.com", "{other:?} at {at}");
            }
        }
    }
}
