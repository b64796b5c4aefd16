//! Signature wrapping (Somorovsky et al. 2012), and every other way to have one thing signed and another read.

use crate::provider::saml::tests::{
    assertion, assertion_signed, evil, refused, response, response_signed,
    signer::{ATTACKER, PROVIDER, sign},
};

const EXTENSIONS: (&str, &str) =
    ("<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">", "</samlp:Extensions>");

fn ada() -> crate::provider::saml::tests::signer::Part {
    assertion("a1", "ada@example.com")
}

fn ada_signature() -> String {
    sign(&PROVIDER, &ada())
}

/// The honest response, unsigned, with another ID and its assertion replaced.
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
    fn wrapping_1_response_in_signature() -> SamlElementUnexpected {
        evil_response(&in_signature(&response_signature(), &response(&ada().unsigned()).unsigned()))
    }
    /// The signed response beside its signature in the evil one.
    fn wrapping_2_response_beside_signature() -> SamlElementUnexpected {
        evil_response(&format!("{}{}", response(&ada().unsigned()).unsigned(), response_signature()))
    }
    /// The evil assertion before the signed one.
    fn wrapping_3_evil_assertion_first() -> SamlAssertionCount {
        response(&format!("{}{}", evil("e1").unsigned(), ada().signed())).unsigned()
    }
    /// The signed assertion inside the evil one.
    fn wrapping_4_signed_inside_evil() -> SamlAssertionCount {
        let evil = evil("e1");
        response(&format!("{}{}{}", evil.head, ada().signed(), evil.tail)).unsigned()
    }
    /// The evil assertion carries the signature, the signed one stands behind without it.
    fn wrapping_5_signature_in_evil_signed_behind() -> SamlAssertionCount {
        response(&format!("{}{}", evil("e1").with(&ada_signature()), ada().unsigned())).unsigned()
    }
    /// The evil assertion carries the signature, and in it the signed assertion.
    fn wrapping_6_signed_inside_signature_of_evil() -> SamlAssertionCount {
        response(&evil("e1").with(&in_signature(&ada_signature(), &ada().unsigned()))).unsigned()
    }
    /// The evil assertion in Extensions, with the same ID.
    fn wrapping_7_evil_in_extensions() -> SamlAssertionCount {
        response(&format!("{}{}{}{}", EXTENSIONS.0, evil("a1").unsigned(), EXTENSIONS.1, ada().signed())).unsigned()
    }
    /// The signed assertion in an Object of the signature in the evil one.
    fn wrapping_8_signed_in_object_of_evil() -> SamlAssertionCount {
        response(&evil("a1").with(&in_object(&ada_signature(), &ada().unsigned()))).unsigned()
    }

    fn the_signed_assertion_in_extensions() -> SamlAssertionCount {
        response(&format!("{}{}{}{}", EXTENSIONS.0, ada().signed(), EXTENSIONS.1, evil("e1").unsigned())).unsigned()
    }
    fn the_only_assertion_in_extensions() -> SamlAssertionCount {
        response(&format!("{}{}{}", EXTENSIONS.0, ada().signed(), EXTENSIONS.1)).unsigned()
    }
    fn the_signed_assertion_in_advice() -> SamlAssertionCount {
        let advice = format!("<saml:Advice>{}</saml:Advice><saml:Subject>", ada().signed());
        response(&evil("e1").unsigned().replacen("<saml:Subject>", &advice, 1)).unsigned()
    }
    fn the_signed_assertion_in_status_detail() -> SamlAssertionCount {
        let detail = format!("<samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>", ada().signed());
        response(&evil("e1").unsigned()).unsigned().replace("</samlp:Status>", &detail)
    }
    fn the_signed_assertion_in_subject_confirmation_data() -> SamlAssertionCount {
        let data = format!("{}</saml:SubjectConfirmationData>", ada().signed());
        response(&evil("e1").unsigned().replace("</saml:SubjectConfirmationData>", &data)).unsigned()
    }
    fn the_signed_assertion_in_an_attribute_value() -> SamlAssertionCount {
        let value = format!("<saml:AttributeValue>{}", ada().signed());
        response(&evil("e1").unsigned().replace("<saml:AttributeValue>", &value)).unsigned()
    }
    fn the_signed_response_in_an_object() -> SamlElementUnexpected {
        evil_response(&in_object(&response_signature(), &response(&ada().unsigned()).unsigned()))
    }

    fn a_second_signed_assertion() -> SamlAssertionCount {
        response(&format!("{}{}", ada().signed(), assertion("a2", "bob@example.com").signed())).unsigned()
    }
    fn an_assertion_of_another_namespace() -> SamlAssertionCount {
        response(&format!("<x:Assertion xmlns:x=\"urn:x\"></x:Assertion>{}", ada().signed())).unsigned()
    }
    fn only_an_assertion_of_another_namespace() -> SamlElementUnexpected {
        response(&ada().unsigned()).signed().replace("tc:SAML:2.0:assertion\" ID", "tc:SAML:1.0:assertion\" ID")
    }
    fn an_encrypted_assertion_beside_it() -> SamlAssertionCount {
        response(&format!("<saml:EncryptedAssertion xmlns:saml=\"{}\"></saml:EncryptedAssertion>{}", crate::provider::saml::xml::namespace::SAML, ada().signed())).unsigned()
    }
    fn an_encrypted_assertion_in_extensions() -> SamlAssertionCount {
        let other = "<x:EncryptedAssertion xmlns:x=\"urn:x\"></x:EncryptedAssertion>";
        response(&ada().signed()).unsigned().replace("<samlp:Status>", &format!("{}{other}{}<samlp:Status>", EXTENSIONS.0, EXTENSIONS.1))
    }
    fn a_signature_of_another_namespace_in_the_status() -> SamlElementUnexpected {
        assertion_signed().replace("</samlp:Status>", "<x:Signature xmlns:x=\"urn:x\"></x:Signature></samlp:Status>")
    }
    fn no_assertion() -> SamlAssertionCount { response("").signed() }
    fn a_response_of_another_namespace() -> SamlRootWrong {
        assertion_signed().replace("SAML:2.0:protocol", "SAML:1.1:protocol")
    }
    fn a_response_without_a_namespace() -> SamlRootWrong {
        assertion_signed().replace("samlp:", "").replace("xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ", "")
    }
    fn a_response_of_another_version() -> SamlRootWrong {
        assertion_signed().replace("ID=\"r1\" Version=\"2.0\"", "ID=\"r1\" Version=\"1.1\"")
    }
    fn an_assertion_of_another_version() -> SamlRootWrong {
        let mut part = ada();
        part.head = part.head.replace("Version=\"2.0\"", "Version=\"1.1\"");
        response(&part.signed()).unsigned()
    }
    fn an_assertion_without_a_version() -> SamlRootWrong {
        let mut part = ada();
        part.head = part.head.replace(" Version=\"2.0\"", "");
        response(&part.signed()).unsigned()
    }
    fn a_response_without_a_version() -> SamlRootWrong { assertion_signed().replacen(" Version=\"2.0\"", "", 1) }
    fn an_assertion_as_the_root() -> SamlRootWrong { ada().signed() }
    fn an_unknown_child_of_the_response() -> SamlElementUnexpected {
        response(&format!("<x:Y xmlns:x=\"urn:x\"></x:Y>{}", ada().signed())).unsigned()
    }
    fn an_unknown_child_of_the_assertion() -> SamlElementUnexpected {
        let mut part = ada();
        part.tail = part.tail.replace("<saml:Subject>", "<saml:Odd></saml:Odd><saml:Subject>");
        response(&part.signed()).unsigned()
    }
    fn a_second_subject() -> SamlElementUnexpected {
        let mut part = ada();
        part.tail = format!("<saml:Subject></saml:Subject>{}", part.tail);
        response(&part.signed()).unsigned()
    }

    fn an_unsigned_response() -> SamlSignatureMissing { response(&ada().unsigned()).unsigned() }
    fn an_emptied_signature() -> SamlSignatureShape {
        response(&ada().with("<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature>")).unsigned()
    }
    fn a_signature_moved_into_the_subject() -> SamlSignatureMisplaced {
        let text = ada().unsigned().replacen("<saml:Subject>", &format!("<saml:Subject>{}", ada_signature()), 1);
        response(&text).unsigned()
    }
    fn a_signature_moved_to_the_response() -> SamlSignatureShape {
        response(&ada().unsigned()).with(&ada_signature())
    }
    fn a_signature_moved_into_extensions() -> SamlSignatureMisplaced {
        response(&format!("{}{}{}{}", EXTENSIONS.0, ada_signature(), EXTENSIONS.1, ada().unsigned())).unsigned()
    }
    fn a_doubled_signature() -> SamlElementUnexpected {
        response(&ada().with(&format!("{0}{0}", ada_signature()))).unsigned()
    }
    fn a_signature_inside_a_signature() -> SamlSignatureMisplaced {
        let inner = format!("<ds:KeyInfo>{}</ds:KeyInfo></ds:Signature>", ada_signature());
        response(&ada().with(&ada_signature().replace("</ds:Signature>", &inner))).unsigned()
    }
    fn a_signature_of_another_namespace() -> SamlElementUnexpected {
        response(&ada().with("<x:Signature xmlns:x=\"urn:x\"></x:Signature>")).unsigned()
    }
    fn a_signature_over_another_element() -> SamlSignatureShape {
        let other = assertion("a2", "root@example.com");
        response(&other.with(&ada_signature())).unsigned()
    }
    fn a_changed_name_id() -> SamlSignatureInvalid { assertion_signed().replace("ada@", "root@") }
    fn a_changed_status() -> SamlSignatureInvalid {
        response_signed().replace("status:Success", "status:Other")
    }
    /// The response's signature is good; the assertion's own is not.
    fn one_valid_and_one_invalid_signature() -> SamlSignatureInvalid {
        let assertion = ada().with(&sign(&ATTACKER, &ada()));
        response(&assertion).signed()
    }
    fn the_attackers_signature() -> SamlSignatureInvalid {
        response(&ada().with(&sign(&ATTACKER, &ada()))).unsigned()
    }
    fn the_attackers_key_in_key_info() -> SamlSignatureInvalid {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let info = format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
            STANDARD.encode(ATTACKER.public_key())
        );
        response(&ada().with(&sign(&ATTACKER, &ada()).replace("</ds:Signature>", &info))).unsigned()
    }

    fn the_same_id_twice() -> SamlIdInvalid { assertion_signed().replace("ID=\"r1\"", "ID=\"a1\"") }
    fn the_same_id_in_lower_case() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode id=\"a1\"")
    }
    fn the_same_id_in_mixed_case() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode iD=\"a1\"")
    }
    fn the_same_id_as_xml_id() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode xml:id=\"a1\"")
    }
    fn the_same_id_in_another_namespace() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode xmlns:u=\"urn:u\" u:Id=\"a1\"")
    }
    fn the_same_id_as_assertion_id() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode AssertionID=\"a1\"")
    }
    fn the_same_id_with_white_space() -> SamlIdInvalid {
        assertion_signed().replace("<samlp:StatusCode", "<samlp:StatusCode Id=\" a1\"")
    }
    fn the_same_id_on_one_element() -> SamlIdInvalid {
        assertion_signed().replace("Version=\"2.0\"><saml:Issuer>", "Version=\"2.0\" id=\"a1\"><saml:Issuer>")
    }
    fn an_empty_id() -> SamlIdInvalid { assertion_signed().replace("ID=\"r1\"", "ID=\"\"") }
    fn a_response_without_an_id() -> SamlIdInvalid { assertion_signed().replace(" ID=\"r1\"", "") }
    fn an_assertion_without_an_id() -> SamlIdInvalid { assertion_signed().replace(" ID=\"a1\"", "") }
}
