//! Tests signatures that are cryptographically valid but have another shape.
//!
//! Every shape except the accepted one is refused.

use crate::tests::{
    assertion, assertion_signed, kind, refused, response,
    signer::{EXC, PROVIDER, RSA_SHA256, SHA256, sign_as},
};

/// Returns the honest response with `SignedInfo` changed before it was signed.
fn bent(from: &str, to: &str) -> String {
    let part = assertion("a1", "ada@example.com");
    let text = part.signed_bent(|info| {
        assert!(info.contains(from), "{from}");
        info.replacen(from, to, 1)
    });
    response(&text).unsigned()
}

fn by_method(method: &str, digest: &str) -> String {
    let part = assertion("a1", "ada@example.com");
    response(&part.with(&sign_as(&PROVIDER, &part, method, digest, &str::to_owned))).unsigned()
}

/// Returns the honest response with its signature changed after it was made.
fn after(from: &str, to: &str) -> String {
    let text = assertion_signed();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

fn transforms(list: &[&str]) -> String {
    let whole = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    let list: String =
        list.iter().map(|uri| format!("<ds:Transform Algorithm=\"{uri}\"></ds:Transform>")).collect();
    bent(whole, &list)
}

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const REFERENCE_END: &str = "</ds:Reference>";
const DIGEST_METHOD: &str = "<ds:DigestMethod ";

refused! {
    fn two_references_are_refused() -> SamlSignatureShape {
        bent(
        REFERENCE_END,
        "</ds:Reference><ds:Reference URI=\"#r1\"><ds:DigestMethod Algorithm=\"x\"></ds:DigestMethod><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>",
    )
    }
    fn a_missing_reference_is_refused() -> SamlSignatureShape {
        let part = assertion("a1", "ada@example.com");
        response(&part.signed_bent(|info| {
            let (head, rest) = info.split_once("<ds:Reference").unwrap();
            format!("{head}{}", rest.split_once(REFERENCE_END).unwrap().1)
        })).unsigned()
    }
    fn a_signed_info_in_an_object_is_refused() -> SamlSignatureShape {
        after(
        "</ds:Signature>",
        "<ds:Object><ds:SignedInfo></ds:SignedInfo></ds:Object></ds:Signature>",
    )
    }
    fn a_manifest_is_refused() -> SamlSignatureShape {
        after("</ds:Signature>", "<ds:Object><ds:Manifest></ds:Manifest></ds:Object></ds:Signature>")
    }
    fn two_key_infos_are_refused() -> SamlSignatureShape {
        after("</ds:Signature>", "<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo></ds:KeyInfo></ds:Signature>")
    }
    fn a_missing_signature_value_is_refused() -> SamlSignatureShape {
        let text = assertion_signed();
        let (head, rest) = text.split_once("<ds:SignatureValue>").unwrap();
        format!("{head}{}", rest.split_once("</ds:SignatureValue>").unwrap().1)
    }

    fn an_empty_uri_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"\"") }
    fn a_missing_uri_is_refused() -> SamlSignatureShape { bent(" URI=\"#a1\"", "") }
    fn a_uri_that_is_only_a_hash_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#\"") }
    fn an_xpointer_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#xpointer(id('a1'))\"") }
    fn an_xpointer_to_the_root_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#xpointer(/)\"") }
    fn a_uri_in_other_case_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#A1\"") }
    fn a_percent_encoded_uri_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#%61%31\"") }
    fn a_reference_to_the_response_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"#r1\"") }
    fn a_file_uri_is_refused() -> SamlSignatureShape { bent("URI=\"#a1\"", "URI=\"file:///etc/passwd\"") }

    fn an_xpath_transform_is_refused() -> SamlSignatureShape {
        transforms(&[ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", EXC])
    }
    fn an_xpath_transform_instead_of_the_enveloped_one_is_refused() -> SamlSignatureShape {
        transforms(&["http://www.w3.org/TR/1999/REC-xpath-19991116", EXC])
    }
    fn an_xpath_filter_is_refused() -> SamlSignatureShape {
        transforms(&["http://www.w3.org/2002/06/xmldsig-filter2", EXC])
    }
    fn an_xslt_transform_is_refused() -> SamlSignatureShape {
        transforms(&[ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"])
    }
    fn a_base64_transform_is_refused() -> SamlSignatureShape {
        transforms(&[ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"])
    }
    fn an_enveloped_transform_alone_is_refused() -> SamlSignatureShape { transforms(&[ENVELOPED]) }
    fn a_canonicalization_alone_is_refused() -> SamlSignatureShape { transforms(&[EXC]) }
    fn transforms_in_another_order_are_refused() -> SamlSignatureShape { transforms(&[EXC, ENVELOPED]) }
    fn a_reference_without_transforms_is_refused() -> SamlSignatureShape { transforms(&[]) }
    fn inclusive_canonicalization_is_refused() -> SamlSignatureShape { transforms(&[ENVELOPED, C14N]) }
    fn canonicalization_with_comments_is_refused() -> SamlSignatureShape {
        transforms(&[ENVELOPED, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"])
    }
    fn an_unknown_transform_is_refused() -> SamlSignatureShape { transforms(&[ENVELOPED, EXC, "urn:x"]) }
    fn inclusive_canonicalization_of_the_signed_info_is_refused() -> SamlSignatureShape {
        bent(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"",
    )
    }
    fn a_parameter_of_a_transform_is_refused() -> SamlSignatureShape {
        bent(
        "enveloped-signature\">",
        "enveloped-signature\"><ds:XPath>1</ds:XPath>",
    )
    }
    fn a_prefix_list_that_is_too_long_is_refused() -> SamlSignatureShape {
        bent(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">",
        &format!(
            "<ds:CanonicalizationMethod Algorithm=\"{EXC}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"{}\"></ec:InclusiveNamespaces>",
            "a ".repeat(200)
        ),
    )
    }
    fn an_unknown_attribute_of_the_reference_is_refused() -> SamlSignatureShape {
        bent("URI=\"#a1\"", "URI=\"#a1\" Odd=\"\"")
    }

    fn a_sha1_signature_is_refused() -> SamlAlgorithmRefused {
        by_method("http://www.w3.org/2000/09/xmldsig#rsa-sha1", SHA256)
    }
    fn a_sha1_digest_is_refused() -> SamlAlgorithmRefused { by_method(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#sha1") }
    fn an_md5_signature_is_refused() -> SamlAlgorithmRefused {
        by_method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", SHA256)
    }
    fn a_dsa_signature_is_refused() -> SamlAlgorithmRefused {
        by_method("http://www.w3.org/2000/09/xmldsig#dsa-sha1", SHA256)
    }
    fn the_algorithm_none_is_refused() -> SamlAlgorithmRefused { by_method("none", SHA256) }
    fn an_empty_algorithm_is_refused() -> SamlAlgorithmRefused { by_method("", SHA256) }
    fn an_hmac_signature_is_refused() -> SamlAlgorithmRefused {
        by_method("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", SHA256)
    }
    fn a_truncated_hmac_is_refused() -> SamlSignatureShape {
        bent(
        "rsa-sha256\">",
        "rsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength>",
    )
    }

    fn an_empty_comment_in_the_digest_value_is_refused() -> SamlTextMixed {
        bent("<ds:DigestValue>", "<ds:DigestValue><!---->")
    }
    fn cdata_in_the_digest_value_is_refused() -> SamlTextMixed { bent("<ds:DigestValue>", "<ds:DigestValue><![CDATA[]]>") }
    fn an_element_in_the_digest_value_is_refused() -> SamlTextMixed {
        bent("<ds:DigestValue>", "<ds:DigestValue><ds:X></ds:X>")
    }
    fn a_comment_in_the_signature_value_is_refused() -> SamlTextMixed {
        after("<ds:SignatureValue>", "<ds:SignatureValue><!---->")
    }
    fn two_digest_values_are_refused() -> SamlSignatureShape {
        bent(REFERENCE_END, "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>")
    }
    fn a_short_digest_value_is_refused() -> SamlSignatureShape {
        let part = assertion("a1", "ada@example.com");
        response(&part.signed_bent(|info| {
            let (head, rest) = info.split_once("<ds:DigestValue>").unwrap();
            format!("{head}<ds:DigestValue>AAAA</ds:DigestValue>{}", rest.split_once("</ds:DigestValue>").unwrap().1)
        })).unsigned()
    }
    fn a_digest_value_that_is_not_base64_is_refused() -> SamlSignatureShape {
        bent("<ds:DigestValue>", "<ds:DigestValue>*")
    }
    fn an_empty_signature_value_is_refused() -> SamlSignatureShape {
        let text = assertion_signed();
        let (head, rest) = text.split_once("<ds:SignatureValue>").unwrap();
        format!("{head}<ds:SignatureValue></ds:SignatureValue>{}", rest.split_once("</ds:SignatureValue>").unwrap().1)
    }
    fn a_comment_in_the_signed_info_is_refused() -> SamlSignatureShape { after(DIGEST_METHOD, "<!-- no --><ds:DigestMethod ") }
    fn text_in_the_signed_info_is_refused() -> SamlSignatureShape { bent(DIGEST_METHOD, "x<ds:DigestMethod ") }
    fn a_signed_info_of_another_namespace_is_refused() -> SamlSignatureShape {
        after(
        "<ds:SignedInfo>", "<ds:SignedInfo xmlns:ds=\"urn:x\">",
    )
    }
    fn a_method_changed_after_signing_is_refused() -> SamlSignatureInvalid { after("rsa-sha256", "rsa-sha512") }
}

#[test]
fn an_external_reference_is_not_fetched() {
    crate::tests::honest_is_accepted();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let text = bent("URI=\"#a1\"", &format!("URI=\"http://{address}/assertion.xml\""));
    assert_eq!(kind(&text), Some(crate::error::ErrorKind::SamlSignatureShape));
    let retrieval = format!(
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"http://{address}/key\"></ds:RetrievalMethod></ds:KeyInfo></ds:Signature>"
    );
    crate::tests::open(&after("</ds:Signature>", &retrieval)).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
