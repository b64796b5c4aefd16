//! Documents that are not XML, or XML that readers disagree about.

use super::{assertion, assertion_signed, open, refused, response};

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
    a_doctype: before("<!DOCTYPE x>") => SamlDoctype;
    a_doctype_with_entities: before("<!DOCTYPE x [<!ENTITY a \"b\">]>") => SamlDoctype;
    an_external_entity: before("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>") => SamlDoctype;
    an_attribute_default: before("<!DOCTYPE x [<!ATTLIST x ID CDATA \"a1\">]>") => SamlDoctype;
    a_doctype_in_lower_case: before("<!doctype x>") => SamlDoctype;
    a_doctype_inside: inside("<!DOCTYPE x>") => SamlDoctype;
    an_undeclared_entity: inside("&nbsp;") => SamlXmlInvalid;
    a_processing_instruction_before: before("<?x y?>") => SamlProcessingInstruction;
    a_style_sheet: before("<?xml-stylesheet href=\"x\"?>") => SamlProcessingInstruction;
    a_second_xml_declaration: before("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>") => SamlProcessingInstruction;
    an_xml_declaration_after_white_space: before(" <?xml version=\"1.0\"?>") => SamlProcessingInstruction;
    a_processing_instruction_behind: format!("{}<?x?>", assertion_signed()) => SamlProcessingInstruction;
    xml_1_1: before("<?xml version=\"1.1\"?>") => SamlXmlInvalid;
    a_reference_in_the_declaration: before("<?xml version=\"&#49;.0\"?>") => SamlXmlInvalid;
    another_encoding: before("<?xml version=\"1.0\" encoding=\"UTF-7\"?>") => SamlEncodingInvalid;
    latin_1: before("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>") => SamlEncodingInvalid;
    a_tab_in_an_attribute: on_status_code("a=\"b\tc\"") => SamlAttributeWhitespace;
    a_line_feed_in_an_attribute: on_status_code("a='b\nc'") => SamlAttributeWhitespace;
    a_carriage_return_in_an_attribute: on_status_code("a=\"b\rc\"") => SamlAttributeWhitespace;
    an_attribute_twice: on_status_code("a=\"1\" a=\"2\"") => SamlXmlInvalid;
    an_attribute_twice_by_its_expanded_name:
        on_status_code("xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:a=\"1\" q:a=\"2\"") => SamlXmlInvalid;
    a_namespace_declared_twice: on_status_code("xmlns:p=\"urn:p\" xmlns:p=\"urn:q\"") => SamlXmlInvalid;
    an_undeclared_prefix: on_status_code("p:a=\"1\"") => SamlXmlInvalid;
    a_prefix_declared_as_nothing: on_status_code("xmlns:p=\"\"") => SamlXmlInvalid;
    the_prefix_xml_as_another: on_status_code("xmlns:xml=\"urn:x\"") => SamlXmlInvalid;
    another_prefix_as_xml: on_status_code("xmlns:p=\"http://www.w3.org/XML/1998/namespace\"") => SamlXmlInvalid;
    the_prefix_xmlns_declared: on_status_code("xmlns:xmlns=\"urn:x\"") => SamlXmlInvalid;
    the_prefix_xmlns_on_an_element: inside("<xmlns:a/>") => SamlXmlInvalid;
    a_relative_namespace: on_status_code("xmlns:p=\"p\"") => SamlXmlInvalid;
    a_relative_namespace_with_a_path: on_status_code("xmlns=\"../p:q\"") => SamlXmlInvalid;
    a_name_with_two_colons: inside("<samlp:a:b/>") => SamlXmlInvalid;
    a_name_that_begins_with_a_colon: inside("<:a/>") => SamlXmlInvalid;
    a_local_name_that_begins_with_a_digit: inside("<samlp:1/>") => SamlXmlInvalid;
    a_null_character: inside("\0") => SamlXmlInvalid;
    a_control_character: inside("\u{1}") => SamlXmlInvalid;
    a_noncharacter: inside("\u{fffe}") => SamlXmlInvalid;
    a_reference_to_nothing: inside("&#0;") => SamlXmlInvalid;
    a_reference_to_a_noncharacter: inside("&#xFFFE;") => SamlXmlInvalid;
    a_reference_to_a_surrogate: inside("&#xD800;") => SamlXmlInvalid;
    a_reference_beyond_unicode: inside("&#x110000;") => SamlXmlInvalid;
    a_reference_that_wraps_around: inside("&#x100000041;") => SamlXmlInvalid;
    a_control_character_in_a_comment: inside("<!--\u{1}-->") => SamlXmlInvalid;
    a_control_character_in_cdata: inside("<![CDATA[\u{1}]]>") => SamlXmlInvalid;
    a_control_character_in_an_attribute: on_status_code("a=\"\u{1}\"") => SamlXmlInvalid;
    a_lower_than_in_an_attribute: on_status_code("a=\"<\"") => SamlXmlInvalid;
    two_hyphens_in_a_comment: inside("<!-- -- -->") => SamlXmlInvalid;
    the_end_of_cdata_in_text: inside("]]>") => SamlXmlInvalid;
    text_behind_the_root: format!("{}x", assertion_signed()) => SamlXmlInvalid;
    text_before_the_root: before("x") => SamlXmlInvalid;
    two_roots: format!("{0}{0}", assertion_signed()) => SamlXmlInvalid;
    a_root_behind: format!("{}<x/>", assertion_signed()) => SamlXmlInvalid;
    cut_short: assertion_signed().trim_end_matches("</samlp:Response>").to_owned() => SamlXmlInvalid;
    cut_in_a_tag: { let mut text = assertion_signed(); text.pop(); text } => SamlXmlInvalid;
    cut_in_a_comment: inside("<!--") => SamlXmlInvalid;
    attributes_without_space: on_status_code("a=\"1\"b=\"2\"") => SamlXmlInvalid;
    an_attribute_without_quotes: on_status_code("a=1") => SamlXmlInvalid;
    an_end_tag_of_another_name: inside("<samlp:a></samlp:b>") => SamlXmlInvalid;
    nothing: String::new() => SamlXmlInvalid;
    json: "{}".to_owned() => SamlXmlInvalid;
    utf_16: "\u{feff}\0<\0x\0/\0>".to_owned() => SamlXmlInvalid;
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
    assert_eq!(super::kind(&text), Some(crate::LoginErrorKind::SamlSignatureMissing));
    let renamed = text.replace("saml:", "s:").replace("xmlns:saml=", "xmlns:s=");
    assert_eq!(super::kind(&renamed), Some(crate::LoginErrorKind::SamlSignatureMissing));
    // The prefixes the other way around: an Assertion of the protocol's namespace is none.
    let swapped = text.replace(
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID",
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID",
    );
    assert_eq!(super::kind(&swapped), Some(crate::LoginErrorKind::SamlElementUnexpected));
}
