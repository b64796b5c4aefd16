//! Tests documents that are not XML, and XML that readers disagree about.
//!
//! Many of the changes are in the Status, which is not signed here: an unsigned part is checked in the same way.

use crate::tests::{assertion, assertion_signed, open, refused, response};

fn before(what: &str) -> String {
    format!("{what}{}", assertion_signed())
}

/// Returns a response with a text inserted into its Status, which is not signed here.
fn inside(what: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("{what}<samlp:StatusCode"), 1)
}

fn on_status_code(attribute: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("<samlp:StatusCode {attribute}"), 1)
}

refused! {
    fn a_doctype_is_refused() -> SamlDoctype { before("<!DOCTYPE x>") }
    fn a_doctype_with_entities_is_refused() -> SamlDoctype { before("<!DOCTYPE x [<!ENTITY a \"b\">]>") }
    fn an_external_entity_is_refused() -> SamlDoctype {
        before("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>")
    }
    fn an_attribute_default_is_refused() -> SamlDoctype { before("<!DOCTYPE x [<!ATTLIST x ID CDATA \"a1\">]>") }
    fn a_doctype_in_lower_case_is_refused() -> SamlDoctype { before("<!doctype x>") }
    fn a_doctype_inside_of_the_document_is_refused() -> SamlDoctype { inside("<!DOCTYPE x>") }
    fn an_undeclared_entity_is_refused() -> SamlXmlInvalid { inside("&nbsp;") }
    fn a_processing_instruction_before_the_root_is_refused() -> SamlProcessingInstruction { before("<?x y?>") }
    fn a_style_sheet_is_refused() -> SamlProcessingInstruction { before("<?xml-stylesheet href=\"x\"?>") }
    fn a_second_xml_declaration_is_refused() -> SamlProcessingInstruction {
        before("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>")
    }
    fn an_xml_declaration_after_white_space_is_refused() -> SamlProcessingInstruction {
        before(" <?xml version=\"1.0\"?>")
    }
    fn a_processing_instruction_after_the_root_is_refused() -> SamlProcessingInstruction { format!("{}<?x?>", assertion_signed()) }
    fn xml_1_1_is_refused() -> SamlXmlInvalid { before("<?xml version=\"1.1\"?>") }
    fn a_character_reference_in_the_declaration_is_refused() -> SamlXmlInvalid { before("<?xml version=\"&#49;.0\"?>") }
    fn another_encoding_is_refused() -> SamlEncodingInvalid { before("<?xml version=\"1.0\" encoding=\"UTF-7\"?>") }
    fn latin_1_is_refused() -> SamlEncodingInvalid { before("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>") }
    fn a_tab_in_an_attribute_is_refused() -> SamlAttributeWhitespace { on_status_code("a=\"b\tc\"") }
    fn a_line_feed_in_an_attribute_is_refused() -> SamlAttributeWhitespace { on_status_code("a='b\nc'") }
    fn a_carriage_return_in_an_attribute_is_refused() -> SamlAttributeWhitespace { on_status_code("a=\"b\rc\"") }
    fn a_repeated_attribute_is_refused() -> SamlXmlInvalid { on_status_code("a=\"1\" a=\"2\"") }
    fn an_attribute_repeated_by_its_expanded_name_is_refused() -> SamlXmlInvalid {
        on_status_code("xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:a=\"1\" q:a=\"2\"")
    }
    fn a_namespace_declared_twice_is_refused() -> SamlXmlInvalid { on_status_code("xmlns:p=\"urn:p\" xmlns:p=\"urn:q\"") }
    fn an_undeclared_prefix_is_refused() -> SamlXmlInvalid { on_status_code("p:a=\"1\"") }
    fn a_prefix_declared_as_empty_is_refused() -> SamlXmlInvalid { on_status_code("xmlns:p=\"\"") }
    fn the_prefix_xml_for_another_namespace_is_refused() -> SamlXmlInvalid { on_status_code("xmlns:xml=\"urn:x\"") }
    fn another_prefix_for_the_xml_namespace_is_refused() -> SamlXmlInvalid {
        on_status_code("xmlns:p=\"http://www.w3.org/XML/1998/namespace\"")
    }
    fn a_declaration_of_the_prefix_xmlns_is_refused() -> SamlXmlInvalid { on_status_code("xmlns:xmlns=\"urn:x\"") }
    fn the_prefix_xmlns_on_an_element_is_refused() -> SamlXmlInvalid { inside("<xmlns:a/>") }
    fn a_relative_namespace_is_refused() -> SamlXmlInvalid { on_status_code("xmlns:p=\"p\"") }
    fn a_relative_namespace_with_a_path_is_refused() -> SamlXmlInvalid { on_status_code("xmlns=\"../p:q\"") }
    fn a_name_with_two_colons_is_refused() -> SamlXmlInvalid { inside("<samlp:a:b/>") }
    fn a_name_that_begins_with_a_colon_is_refused() -> SamlXmlInvalid { inside("<:a/>") }
    fn a_local_name_that_begins_with_a_digit_is_refused() -> SamlXmlInvalid { inside("<samlp:1/>") }
    fn a_null_character_is_refused() -> SamlXmlInvalid { inside("\0") }
    fn a_control_character_is_refused() -> SamlXmlInvalid { inside("\u{1}") }
    fn a_noncharacter_is_refused() -> SamlXmlInvalid { inside("\u{fffe}") }
    fn a_reference_to_the_null_character_is_refused() -> SamlXmlInvalid { inside("&#0;") }
    fn a_reference_to_a_noncharacter_is_refused() -> SamlXmlInvalid { inside("&#xFFFE;") }
    fn a_reference_to_a_surrogate_is_refused() -> SamlXmlInvalid { inside("&#xD800;") }
    fn a_reference_beyond_unicode_is_refused() -> SamlXmlInvalid { inside("&#x110000;") }
    fn a_reference_that_wraps_around_is_refused() -> SamlXmlInvalid { inside("&#x100000041;") }
    fn a_control_character_in_a_comment_is_refused() -> SamlXmlInvalid { inside("<!--\u{1}-->") }
    fn a_control_character_in_cdata_is_refused() -> SamlXmlInvalid { inside("<![CDATA[\u{1}]]>") }
    fn a_control_character_in_an_attribute_is_refused() -> SamlXmlInvalid { on_status_code("a=\"\u{1}\"") }
    fn a_less_than_sign_in_an_attribute_is_refused() -> SamlXmlInvalid { on_status_code("a=\"<\"") }
    fn two_hyphens_in_a_comment_are_refused() -> SamlXmlInvalid { inside("<!-- -- -->") }
    fn the_end_of_cdata_in_text_is_refused() -> SamlXmlInvalid { inside("]]>") }
    fn text_after_the_root_is_refused() -> SamlXmlInvalid { format!("{}x", assertion_signed()) }
    fn text_before_the_root_is_refused() -> SamlXmlInvalid { before("x") }
    fn two_roots_are_refused() -> SamlXmlInvalid { format!("{0}{0}", assertion_signed()) }
    fn an_element_after_the_root_is_refused() -> SamlXmlInvalid { format!("{}<x/>", assertion_signed()) }
    fn a_missing_end_tag_is_refused() -> SamlXmlInvalid { assertion_signed().trim_end_matches("</samlp:Response>").to_owned() }
    fn an_unfinished_tag_is_refused() -> SamlXmlInvalid { let mut text = assertion_signed(); text.pop(); text }
    fn an_unfinished_comment_is_refused() -> SamlXmlInvalid { inside("<!--") }
    fn attributes_without_space_between_them_are_refused() -> SamlXmlInvalid { on_status_code("a=\"1\"b=\"2\"") }
    fn an_attribute_without_quotes_is_refused() -> SamlXmlInvalid { on_status_code("a=1") }
    fn an_end_tag_of_another_name_is_refused() -> SamlXmlInvalid { inside("<samlp:a></samlp:b>") }
    fn an_empty_document_is_refused() -> SamlXmlInvalid { String::new() }
    fn json_is_refused() -> SamlXmlInvalid { "{}".to_owned() }
    fn utf_16_is_refused() -> SamlXmlInvalid { "\u{feff}\0<\0x\0/\0>".to_owned() }
}

#[test]
fn everything_that_xml_allows_is_accepted() {
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
fn a_namespace_is_recognized_under_any_prefix() {
    let text = response(&assertion("a1", "ada@example.com").unsigned()).unsigned();
    assert_eq!(crate::tests::kind(&text), Some(crate::error::ErrorKind::SamlSignatureMissing));
    let renamed = text.replace("saml:", "s:").replace("xmlns:saml=", "xmlns:s=");
    assert_eq!(crate::tests::kind(&renamed), Some(crate::error::ErrorKind::SamlSignatureMissing));
    // With the prefixes swapped, an Assertion in the protocol's namespace is not an assertion.
    let swapped = text.replace(
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID",
    );
    assert_eq!(crate::tests::kind(&swapped), Some(crate::error::ErrorKind::SamlElementUnexpected));
}

#[test]
fn a_truncated_or_changed_document_is_refused_or_reads_the_same() {
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
