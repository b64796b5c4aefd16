//! Tests signature wrapping (Somorovsky et al. 2012), and every other way to have one thing signed and another one
//! read.

use crate::tests::{
    assertion, assertion_signed, evil, refused, response, response_signed,
    signer::{ATTACKER, PROVIDER, sign},
};

const EXTENSIONS: (&str, &str) =
    ("<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">", "</samlp:Extensions>");

fn ada() -> crate::tests::signer::Part {
    assertion("a1", "ada@example.com")
}

fn ada_signature() -> String {
    sign(&PROVIDER, &ada())
}

/// Returns the honest response, unsigned, with another ID and with its assertion replaced.
fn evil_response(signature: &str) -> String {
    response(&evil("e1").unsigned()).with(signature).replace("ID=\"r1\"", "ID=\"r2\"")
}

fn response_signature() -> String {
    sign(&PROVIDER, &response(&ada().unsigned()))
}

fn in_object(signature: &str, what: &str) -> String {
    signature.replace("</ds:Signature>", &format!("<ds:Object>{what}</ds:Object></ds:Signature>"))
}

fn in_signature(signature: &str, what: &str) -> String {
    signature.replace("</ds:Signature>", &format!("{what}</ds:Signature>"))
}

refused! {
    /// The signed response inside the signature of the evil one.
    fn wrapping_1_response_in_the_signature_is_refused() -> SamlElementUnexpected {
        evil_response(&in_signature(&response_signature(), &response(&ada().unsigned()).unsigned()))
    }
    /// The signed response beside its signature in the evil one.
    fn wrapping_2_response_beside_the_signature_is_refused() -> SamlElementUnexpected {
        evil_response(&format!("{}{}", response(&ada().unsigned()).unsigned(), response_signature()))
    }
    /// The evil assertion before the signed one.
    fn wrapping_3_evil_assertion_first_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}", evil("e1").unsigned(), ada().signed())).unsigned()
    }
    /// The signed assertion inside the evil one.
    fn wrapping_4_signed_assertion_inside_the_evil_one_is_refused() -> SamlAssertionCount {
        let evil = evil("e1");
        response(&format!("{}{}{}", evil.head, ada().signed(), evil.tail)).unsigned()
    }
    /// The evil assertion contains the signature, and the signed one follows without it.
    fn wrapping_5_signature_in_the_evil_assertion_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}", evil("e1").with(&ada_signature()), ada().unsigned())).unsigned()
    }
    /// The evil assertion contains the signature, and the signature contains the signed assertion.
    fn wrapping_6_signed_assertion_in_the_evil_ones_signature_is_refused() -> SamlAssertionCount {
        response(&evil("e1").with(&in_signature(&ada_signature(), &ada().unsigned()))).unsigned()
    }
    /// The evil assertion in Extensions, with the same ID.
    fn wrapping_7_evil_assertion_in_extensions_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}{}{}", EXTENSIONS.0, evil("a1").unsigned(), EXTENSIONS.1, ada().signed())).unsigned()
    }
    /// The signed assertion in an Object of the signature in the evil one.
    fn wrapping_8_signed_assertion_in_the_evil_ones_object_is_refused() -> SamlAssertionCount {
        response(&evil("a1").with(&in_object(&ada_signature(), &ada().unsigned()))).unsigned()
    }

    fn the_signed_assertion_in_extensions_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}{}{}", EXTENSIONS.0, ada().signed(), EXTENSIONS.1, evil("e1").unsigned())).unsigned()
    }
    fn a_response_whose_only_assertion_is_in_extensions_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}{}", EXTENSIONS.0, ada().signed(), EXTENSIONS.1)).unsigned()
    }
    fn the_signed_assertion_in_advice_is_refused() -> SamlAssertionCount {
        let advice = format!("<saml:Advice>{}</saml:Advice><saml:Subject>", ada().signed());
        response(&evil("e1").unsigned().replacen("<saml:Subject>", &advice, 1)).unsigned()
    }
    fn the_signed_assertion_in_the_status_detail_is_refused() -> SamlAssertionCount {
        let detail = format!("<samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>", ada().signed());
        response(&evil("e1").unsigned()).unsigned().replace("</samlp:Status>", &detail)
    }
    fn the_signed_assertion_in_subject_confirmation_data_is_refused() -> SamlAssertionCount {
        let data = format!("{}</saml:SubjectConfirmationData>", ada().signed());
        response(&evil("e1").unsigned().replace("</saml:SubjectConfirmationData>", &data)).unsigned()
    }
    fn the_signed_assertion_in_an_attribute_value_is_refused() -> SamlAssertionCount {
        let value = format!("<saml:AttributeValue>{}", ada().signed());
        response(&evil("e1").unsigned().replace("<saml:AttributeValue>", &value)).unsigned()
    }
    fn the_signed_response_in_an_object_is_refused() -> SamlElementUnexpected {
        evil_response(&in_object(&response_signature(), &response(&ada().unsigned()).unsigned()))
    }

    fn a_second_signed_assertion_is_refused() -> SamlAssertionCount {
        response(&format!("{}{}", ada().signed(), assertion("a2", "bob@example.com").signed())).unsigned()
    }
    fn a_second_assertion_of_another_namespace_is_refused() -> SamlAssertionCount {
        response(&format!("<x:Assertion xmlns:x=\"urn:x\"></x:Assertion>{}", ada().signed())).unsigned()
    }
    fn a_response_whose_only_assertion_has_another_namespace_is_refused() -> SamlElementUnexpected {
        response(&ada().unsigned()).signed().replace("tc:SAML:2.0:assertion\" ID", "tc:SAML:1.0:assertion\" ID")
    }
    fn an_encrypted_assertion_beside_the_signed_one_is_refused() -> SamlAssertionCount {
        response(&format!("<saml:EncryptedAssertion xmlns:saml=\"{}\"></saml:EncryptedAssertion>{}", crate::xml::namespace::SAML, ada().signed())).unsigned()
    }
    fn an_encrypted_assertion_in_extensions_is_refused() -> SamlAssertionCount {
        let other = "<x:EncryptedAssertion xmlns:x=\"urn:x\"></x:EncryptedAssertion>";
        response(&ada().signed()).unsigned().replace("<samlp:Status>", &format!("{}{other}{}<samlp:Status>", EXTENSIONS.0, EXTENSIONS.1))
    }
    fn a_signature_of_another_namespace_in_the_status_is_refused() -> SamlElementUnexpected {
        assertion_signed().replace("</samlp:Status>", "<x:Signature xmlns:x=\"urn:x\"></x:Signature></samlp:Status>")
    }
    fn a_response_without_an_assertion_is_refused() -> SamlAssertionCount { response("").signed() }
    fn a_response_of_another_namespace_is_refused() -> SamlRootWrong {
        assertion_signed().replace("SAML:2.0:protocol", "SAML:1.1:protocol")
    }
    fn a_response_without_a_namespace_is_refused() -> SamlRootWrong {
        assertion_signed().replace("samlp:", "").replace("xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ", "")
    }
    fn a_response_of_another_version_is_refused() -> SamlRootWrong {
        assertion_signed().replace("ID=\"r1\" Version=\"2.0\"", "ID=\"r1\" Version=\"1.1\"")
    }
    fn an_assertion_of_another_version_is_refused() -> SamlRootWrong {
        let mut part = ada();
        part.head = part.head.replace("Version=\"2.0\"", "Version=\"1.1\"");
        response(&part.signed()).unsigned()
    }
    fn an_assertion_without_a_version_is_refused() -> SamlRootWrong {
        let mut part = ada();
        part.head = part.head.replace(" Version=\"2.0\"", "");
        response(&part.signed()).unsigned()
    }
    fn a_response_without_a_version_is_refused() -> SamlRootWrong { assertion_signed().replacen(" Version=\"2.0\"", "", 1) }
    fn an_assertion_as_the_root_is_refused() -> SamlRootWrong { ada().signed() }
    fn an_unknown_child_of_the_response_is_refused() -> SamlElementUnexpected {
        response(&format!("<x:Y xmlns:x=\"urn:x\"></x:Y>{}", ada().signed())).unsigned()
    }
    fn an_unknown_child_of_the_assertion_is_refused() -> SamlElementUnexpected {
        let mut part = ada();
        part.tail = part.tail.replace("<saml:Subject>", "<saml:Odd></saml:Odd><saml:Subject>");
        response(&part.signed()).unsigned()
    }
    fn a_second_subject_is_refused() -> SamlElementUnexpected {
        let mut part = ada();
        part.tail = format!("<saml:Subject></saml:Subject>{}", part.tail);
        response(&part.signed()).unsigned()
    }

    fn an_unsigned_response_is_refused() -> SamlSignatureMissing { response(&ada().unsigned()).unsigned() }
    fn an_emptied_signature_is_refused() -> SamlSignatureShape {
        response(&ada().with("<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature>")).unsigned()
    }
    fn a_signature_moved_into_the_subject_is_refused() -> SamlSignatureMisplaced {
        let text = ada().unsigned().replacen("<saml:Subject>", &format!("<saml:Subject>{}", ada_signature()), 1);
        response(&text).unsigned()
    }
    fn a_signature_moved_to_the_response_is_refused() -> SamlSignatureShape {
        response(&ada().unsigned()).with(&ada_signature())
    }
    fn a_signature_moved_into_extensions_is_refused() -> SamlSignatureMisplaced {
        response(&format!("{}{}{}{}", EXTENSIONS.0, ada_signature(), EXTENSIONS.1, ada().unsigned())).unsigned()
    }
    fn a_doubled_signature_is_refused() -> SamlElementUnexpected {
        response(&ada().with(&format!("{0}{0}", ada_signature()))).unsigned()
    }
    fn a_signature_inside_a_signature_is_refused() -> SamlSignatureMisplaced {
        let inner = format!("<ds:KeyInfo>{}</ds:KeyInfo></ds:Signature>", ada_signature());
        response(&ada().with(&ada_signature().replace("</ds:Signature>", &inner))).unsigned()
    }
    fn a_signature_of_another_namespace_is_refused() -> SamlElementUnexpected {
        response(&ada().with("<x:Signature xmlns:x=\"urn:x\"></x:Signature>")).unsigned()
    }
    fn a_signature_over_another_element_is_refused() -> SamlSignatureShape {
        let other = assertion("a2", "root@example.com");
        response(&other.with(&ada_signature())).unsigned()
    }
    fn a_changed_name_id_is_refused() -> SamlSignatureInvalid { assertion_signed().replace("ada@", "root@") }
    fn a_changed_status_is_refused() -> SamlSignatureInvalid {
        response_signed().replace("status:Success", "status:Other")
    }
    /// The response's signature is valid; the assertion's own signature is not.
    fn an_invalid_signature_beside_a_valid_one_is_refused() -> SamlSignatureInvalid {
        let assertion = ada().with(&sign(&ATTACKER, &ada()));
        response(&assertion).signed()
    }
    fn an_attackers_signature_is_refused() -> SamlSignatureInvalid {
        response(&ada().with(&sign(&ATTACKER, &ada()))).unsigned()
    }
    fn an_attackers_key_in_the_key_info_is_refused() -> SamlSignatureInvalid {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let info = format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
            STANDARD.encode(ATTACKER.public_key())
        );
        response(&ada().with(&sign(&ATTACKER, &ada()).replace("</ds:Signature>", &info))).unsigned()
    }

    fn an_id_that_occurs_twice_is_refused() -> SamlIdInvalid { assertion_signed().replace("ID=\"r1\"", "ID=\"a1\"") }
    fn a_second_id_in_lower_case_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode id=\"a1\"")
    }
    fn a_second_id_in_mixed_case_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode iD=\"a1\"")
    }
    fn a_second_id_as_xml_id_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode xml:id=\"a1\"")
    }
    fn a_second_id_in_another_namespace_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode xmlns:u=\"urn:u\" u:Id=\"a1\"")
    }
    fn a_second_id_as_assertion_id_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode AssertionID=\"a1\"")
    }
    fn a_second_id_with_white_space_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode Id=\" a1\"")
    }
    fn a_second_id_on_one_element_is_refused() -> SamlIdInvalid {
        assertion_signed().replace("Version=\"2.0\"><saml:Issuer>", "Version=\"2.0\" id=\"a1\"><saml:Issuer>")
    }
    fn an_empty_id_is_refused() -> SamlIdInvalid { assertion_signed().replace("ID=\"r1\"", "ID=\"\"") }
    fn a_response_without_an_id_is_refused() -> SamlIdInvalid { assertion_signed().replace(" ID=\"r1\"", "") }
    fn an_assertion_without_an_id_is_refused() -> SamlIdInvalid { assertion_signed().replace(" ID=\"a1\"", "") }
}
