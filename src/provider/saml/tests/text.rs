//! Text that two readers would read differently.

use super::{assertion, assertion_signed, evil, refused, response};

/// The honest response with its NameID, Issuer or attribute broken, without touching its canonical form.
fn broken(element: &str, from: &str, to: &str) -> String {
    let (text, tag) = (assertion_signed(), format!("<saml:{element}>"));
    let at = text.find(&tag).map(|at| at + tag.len()).unwrap();
    format!("{}{}", &text[..at], text[at..].replacen(from, to, 1))
}

refused! {
    /// CVE-2017-11427 and its kin, of 2018.
    a_comment_in_the_name_id: broken("NameID", "ada@example.com", "ada@example.com<!---->.evil.com") => SamlSignatureInvalid;
    a_comment_in_the_name_id_that_is_as_signed: broken("NameID", "ada@", "ada<!---->@") => SamlTextMixed;
    a_comment_in_the_issuer: broken("Issuer", "https://idp", "https://<!---->idp") => SamlTextMixed;
    a_comment_in_an_attribute: broken("AttributeValue", "ada@", "ada<!---->@") => SamlTextMixed;
    cdata_in_the_name_id: broken("NameID", "ada@", "<![CDATA[ada]]>@") => SamlTextMixed;
    cdata_alone_in_the_name_id: broken("NameID", "ada@example.com", "<![CDATA[ada@example.com]]>") => SamlTextMixed;
    cdata_in_the_issuer: broken("Issuer", "https://idp", "https://<![CDATA[idp]]>") => SamlTextMixed;
    cdata_in_an_attribute: broken("AttributeValue", "ada@", "<![CDATA[ada]]>@") => SamlTextMixed;
    a_processing_instruction_in_the_name_id: broken("NameID", "ada@", "ada<?x?>@") => SamlProcessingInstruction;
    a_processing_instruction_in_the_issuer: broken("Issuer", "https://idp", "https://<?x?>idp") => SamlProcessingInstruction;
    a_processing_instruction_in_an_attribute: broken("AttributeValue", "ada@", "ada<?x?>@") => SamlProcessingInstruction;
    an_element_in_the_name_id: {
        let mut part = assertion("a1", "ada@example.com");
        part.tail = part.tail.replace("ada@example.com</saml:NameID>", "ada<saml:b></saml:b>@example.com</saml:NameID>");
        response(&part.signed()).unsigned()
    } => SamlTextMixed;
    two_name_ids: {
        let mut part = assertion("a1", "ada@example.com");
        part.tail = part.tail.replace("<saml:NameID>", "<saml:NameID>bob</saml:NameID><saml:NameID>");
        response(&part.signed()).unsigned()
    } => SamlElementUnexpected;
    /// CVE-2024-45409: what is digested and what is read are found in different ways.
    a_second_digest_in_status_detail: {
        let detail = "<samlp:StatusDetail><ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">AAAA</ds:DigestValue></samlp:StatusDetail></samlp:Status>";
        response(&evil("a1").with(&super::signer::sign(&super::PROVIDER, &assertion("a1", "ada@example.com"))))
            .unsigned().replace("</samlp:Status>", detail)
    } => SamlSignatureInvalid;
}
