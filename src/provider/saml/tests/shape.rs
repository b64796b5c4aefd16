//! Signatures that are cryptographically right and of another shape.

use super::{
    Trusted, assertion, assertion_signed, kind, refused, response,
    signer::{EXC, P256, P384, PROVIDER, RSA_SHA256, SHA256, sign_as},
};

/// The honest response, with `SignedInfo` bent before it was signed.
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

/// The honest response with its signature bent after it was made.
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
    two_references: bent(
        REFERENCE_END,
        "</ds:Reference><ds:Reference URI=\"#r1\"><ds:DigestMethod Algorithm=\"x\"></ds:DigestMethod><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>",
    ) => SamlSignatureShape;
    no_reference: {
        let part = assertion("a1", "ada@example.com");
        response(&part.signed_bent(|info| {
            let (head, rest) = info.split_once("<ds:Reference").unwrap();
            format!("{head}{}", rest.split_once(REFERENCE_END).unwrap().1)
        })).unsigned()
    } => SamlSignatureShape;
    /// CVE-2025-29774: the first is signed, the second is read.
    two_signed_infos: {
        let text = assertion_signed();
        let (start, end) = (text.find("<ds:SignedInfo").unwrap(), text.find("</ds:SignedInfo>").unwrap() + 16);
        let info = text[start..end].to_owned();
        text.replacen(&info, &format!("{info}{info}"), 1)
    } => SamlSignatureShape;
    a_signed_info_in_an_object: after(
        "</ds:Signature>",
        "<ds:Object><ds:SignedInfo></ds:SignedInfo></ds:Object></ds:Signature>",
    ) => SamlSignatureShape;
    a_manifest: after("</ds:Signature>", "<ds:Object><ds:Manifest></ds:Manifest></ds:Object></ds:Signature>")
        => SamlSignatureShape;
    two_key_infos: after("</ds:Signature>", "<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo></ds:KeyInfo></ds:Signature>")
        => SamlSignatureShape;
    no_signature_value: {
        let text = assertion_signed();
        let (head, rest) = text.split_once("<ds:SignatureValue>").unwrap();
        format!("{head}{}", rest.split_once("</ds:SignatureValue>").unwrap().1)
    } => SamlSignatureShape;

    an_empty_uri: bent("URI=\"#a1\"", "URI=\"\"") => SamlSignatureShape;
    no_uri: bent(" URI=\"#a1\"", "") => SamlSignatureShape;
    a_bare_hash: bent("URI=\"#a1\"", "URI=\"#\"") => SamlSignatureShape;
    an_xpointer: bent("URI=\"#a1\"", "URI=\"#xpointer(id('a1'))\"") => SamlSignatureShape;
    an_xpointer_to_the_root: bent("URI=\"#a1\"", "URI=\"#xpointer(/)\"") => SamlSignatureShape;
    a_uri_in_other_case: bent("URI=\"#a1\"", "URI=\"#A1\"") => SamlSignatureShape;
    a_percent_encoded_uri: bent("URI=\"#a1\"", "URI=\"#%61%31\"") => SamlSignatureShape;
    a_reference_to_the_response: bent("URI=\"#a1\"", "URI=\"#r1\"") => SamlSignatureShape;
    a_file: bent("URI=\"#a1\"", "URI=\"file:///etc/passwd\"") => SamlSignatureShape;

    an_xpath_transform: transforms(&[ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", EXC])
        => SamlSignatureShape;
    an_xpath_instead_of_enveloped: transforms(&["http://www.w3.org/TR/1999/REC-xpath-19991116", EXC])
        => SamlSignatureShape;
    an_xpath_filter: transforms(&["http://www.w3.org/2002/06/xmldsig-filter2", EXC]) => SamlSignatureShape;
    an_xslt_transform: transforms(&[ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"]) => SamlSignatureShape;
    a_base64_transform: transforms(&[ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"]) => SamlSignatureShape;
    an_enveloped_transform_alone: transforms(&[ENVELOPED]) => SamlSignatureShape;
    a_canonicalization_alone: transforms(&[EXC]) => SamlSignatureShape;
    transforms_in_another_order: transforms(&[EXC, ENVELOPED]) => SamlSignatureShape;
    no_transform: transforms(&[]) => SamlSignatureShape;
    inclusive_canonicalization: transforms(&[ENVELOPED, C14N]) => SamlSignatureShape;
    canonicalization_with_comments: transforms(&[ENVELOPED, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"])
        => SamlSignatureShape;
    an_unknown_transform: transforms(&[ENVELOPED, EXC, "urn:x"]) => SamlSignatureShape;
    inclusive_canonicalization_of_signed_info: bent(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"",
    ) => SamlSignatureShape;
    a_parameter_of_a_transform: bent(
        "enveloped-signature\">",
        "enveloped-signature\"><ds:XPath>1</ds:XPath>",
    ) => SamlSignatureShape;
    a_prefix_list_too_long: bent(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">",
        &format!(
            "<ds:CanonicalizationMethod Algorithm=\"{EXC}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"{}\"></ec:InclusiveNamespaces>",
            "a ".repeat(200)
        ),
    ) => SamlSignatureShape;
    an_unknown_attribute_of_the_reference: bent("URI=\"#a1\"", "URI=\"#a1\" Odd=\"\"") => SamlSignatureShape;

    sha1_signature: by_method("http://www.w3.org/2000/09/xmldsig#rsa-sha1", SHA256) => SamlAlgorithmRefused;
    sha1_digest: by_method(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#sha1") => SamlAlgorithmRefused;
    md5_signature: by_method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", SHA256) => SamlAlgorithmRefused;
    dsa_signature: by_method("http://www.w3.org/2000/09/xmldsig#dsa-sha1", SHA256) => SamlAlgorithmRefused;
    no_algorithm_at_all: by_method("none", SHA256) => SamlAlgorithmRefused;
    an_empty_algorithm: by_method("", SHA256) => SamlAlgorithmRefused;
    an_hmac: by_method("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", SHA256) => SamlAlgorithmRefused;
    an_hmac_cut_short: bent(
        "rsa-sha256\">",
        "rsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength>",
    ) => SamlSignatureShape;

    /// CVE-2025-29775.
    a_comment_in_the_digest_value: bent("<ds:DigestValue>", "<ds:DigestValue><!---->") => SamlTextMixed;
    cdata_in_the_digest_value: bent("<ds:DigestValue>", "<ds:DigestValue><![CDATA[]]>") => SamlTextMixed;
    an_element_in_the_digest_value: bent("<ds:DigestValue>", "<ds:DigestValue><ds:X></ds:X>") => SamlTextMixed;
    a_comment_in_the_signature_value: after("<ds:SignatureValue>", "<ds:SignatureValue><!---->") => SamlTextMixed;
    two_digest_values: bent(REFERENCE_END, "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>")
        => SamlSignatureShape;
    a_short_digest_value: {
        let part = assertion("a1", "ada@example.com");
        response(&part.signed_bent(|info| {
            let (head, rest) = info.split_once("<ds:DigestValue>").unwrap();
            format!("{head}<ds:DigestValue>AAAA</ds:DigestValue>{}", rest.split_once("</ds:DigestValue>").unwrap().1)
        })).unsigned()
    } => SamlSignatureShape;
    a_digest_value_that_is_not_base64: bent("<ds:DigestValue>", "<ds:DigestValue>*") => SamlSignatureShape;
    an_empty_signature_value: {
        let text = assertion_signed();
        let (head, rest) = text.split_once("<ds:SignatureValue>").unwrap();
        format!("{head}<ds:SignatureValue></ds:SignatureValue>{}", rest.split_once("</ds:SignatureValue>").unwrap().1)
    } => SamlSignatureShape;
    a_comment_in_signed_info: after(DIGEST_METHOD, "<!-- no --><ds:DigestMethod ") => SamlSignatureShape;
    text_in_signed_info: bent(DIGEST_METHOD, "x<ds:DigestMethod ") => SamlSignatureShape;
    a_signed_info_of_another_namespace: after(
        "<ds:SignedInfo>", "<ds:SignedInfo xmlns:ds=\"urn:x\">",
    ) => SamlSignatureShape;
    a_method_changed_after_it_was_signed: after("rsa-sha256", "rsa-sha512") => SamlSignatureInvalid;
}

#[test]
fn an_external_reference_is_not_fetched() {
    super::honest_is_accepted();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let text = bent("URI=\"#a1\"", &format!("URI=\"http://{address}/assertion.xml\""));
    assert_eq!(kind(&text), Some(crate::LoginErrorKind::SamlSignatureShape));
    let retrieval = format!(
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"http://{address}/key\"></ds:RetrievalMethod></ds:KeyInfo></ds:Signature>"
    );
    super::open(&after("</ds:Signature>", &retrieval)).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// HMAC with the certificate as the secret: the method of a public key is never taken for a secret's.
#[test]
fn an_hmac_keyed_with_the_certificate_is_refused() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    super::honest_is_accepted();
    let method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    let part = assertion("a1", "ada@example.com");
    let signed = std::cell::RefCell::new(String::new());
    let signature = sign_as(&PROVIDER, &part, method, SHA256, &|info| {
        signed.replace(info.to_owned());
        info.to_owned()
    });
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &PROVIDER.public_key());
    let value = STANDARD.encode(aws_lc_rs::hmac::sign(&key, signed.borrow().as_bytes()));
    let (head, rest) = signature.split_once("<ds:SignatureValue>").unwrap();
    let (_, tail) = rest.split_once('<').unwrap();
    let signature = format!("{head}<ds:SignatureValue>{value}<{tail}");
    assert_eq!(
        kind(&response(&part.with(&signature)).unsigned()),
        Some(crate::LoginErrorKind::SamlAlgorithmRefused)
    );
}

#[test]
fn a_method_that_is_not_the_keys_is_refused() {
    super::honest_is_accepted();
    let part = assertion("a1", "ada@example.com");
    let text = |method: &str| {
        response(&part.with(&sign_as(&P256, &part, method, SHA256, &str::to_owned))).unsigned()
    };
    let trusted =
        |pair: &super::signer::Pair| Trusted { keys: vec![pair.certificate()], ..Trusted::default() };
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    trusted(&P256).open(&text(ecdsa)).unwrap();
    for other in [trusted(&P384), trusted(&PROVIDER)] {
        let error = other.open(&text(ecdsa)).unwrap_err();
        assert_eq!(error.kind(), crate::LoginErrorKind::SamlSignatureInvalid);
    }
    for method in ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", RSA_SHA256] {
        let error = trusted(&P256).open(&text(method)).unwrap_err();
        assert_eq!(error.kind(), crate::LoginErrorKind::SamlSignatureInvalid);
    }
}

#[test]
fn without_a_certificate_nothing_is_believed() {
    super::honest_is_accepted();
    let nobody = Trusted { keys: Vec::new(), ..Trusted::default() };
    let error = nobody.open(&assertion_signed()).unwrap_err();
    assert_eq!(error.kind(), crate::LoginErrorKind::SamlSignatureInvalid);
}
