//! Tests text that two readers would read differently.

use crate::tests::{assertion, assertion_signed, refused, response};

/// Returns the honest response with its NameID, Issuer or attribute changed, without a change in its canonical form.
fn broken(element: &str, from: &str, to: &str) -> String {
    let (text, tag) = (assertion_signed(), format!("<saml:{element}>"));
    let at = text.find(&tag).map(|at| at + tag.len()).unwrap();
    format!("{}{}", &text[..at], text[at..].replacen(from, to, 1))
}

refused! {
    /// CVE-2017-11427 and the related CVEs of 2018.
    fn a_comment_that_extends_the_name_id_is_refused() -> SamlSignatureInvalid {
        broken("NameID", "ada@example.com", "ada@example.com<!---->.evil.com")
    }
    fn a_comment_inside_the_signed_name_id_is_refused() -> SamlTextMixed { broken("NameID", "ada@", "ada<!---->@") }
    fn a_comment_in_the_issuer_is_refused() -> SamlTextMixed { broken("Issuer", "https://idp", "https://<!---->idp") }
    fn a_comment_in_an_attribute_is_refused() -> SamlTextMixed { broken("AttributeValue", "ada@", "ada<!---->@") }
    fn cdata_in_the_name_id_is_refused() -> SamlTextMixed { broken("NameID", "ada@", "<![CDATA[ada]]>@") }
    fn a_name_id_that_is_only_cdata_is_refused() -> SamlTextMixed {
        broken("NameID", "ada@example.com", "<![CDATA[ada@example.com]]>")
    }
    fn cdata_in_the_issuer_is_refused() -> SamlTextMixed { broken("Issuer", "https://idp", "https://<![CDATA[idp]]>") }
    fn cdata_in_an_attribute_is_refused() -> SamlTextMixed { broken("AttributeValue", "ada@", "<![CDATA[ada]]>@") }
    fn a_processing_instruction_in_the_name_id_is_refused() -> SamlProcessingInstruction {
        broken("NameID", "ada@", "ada<?x?>@")
    }
    fn a_processing_instruction_in_the_issuer_is_refused() -> SamlProcessingInstruction {
        broken("Issuer", "https://idp", "https://<?x?>idp")
    }
    fn a_processing_instruction_in_an_attribute_is_refused() -> SamlProcessingInstruction {
        broken("AttributeValue", "ada@", "ada<?x?>@")
    }
    fn an_element_in_the_name_id_is_refused() -> SamlTextMixed {
        let mut part = assertion("a1", "ada@example.com");
        part.tail = part.tail.replace("ada@example.com</saml:NameID>", "ada<saml:b></saml:b>@example.com</saml:NameID>");
        response(&part.signed()).unsigned()
    }
    fn two_name_ids_are_refused() -> SamlElementUnexpected {
        let mut part = assertion("a1", "ada@example.com");
        part.tail = part.tail.replace("<saml:NameID>", "<saml:NameID>bob</saml:NameID><saml:NameID>");
        response(&part.signed()).unsigned()
    }
}
