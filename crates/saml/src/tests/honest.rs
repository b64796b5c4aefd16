//! Tests which honest documents are accepted.

use crate::{
    method::Sha1,
    tests::{
        Trusted, assertion, assertion_signed, open, response, response_signed,
        signer::{P256, P384, P521, PROVIDER, Pair, ROLLED, RSA_SHA256, SHA256, sign, sign_as},
    },
};

#[test]
fn a_signed_assertion_is_read() {
    let seen = open(&assertion_signed()).unwrap();
    assert_eq!((seen.name_id.as_str(), seen.response_is_signed), ("ada@example.com", false));
}

#[test]
fn the_assertion_of_a_signed_response_is_read() {
    let seen = open(&response_signed()).unwrap();
    assert_eq!((seen.name_id.as_str(), seen.response_is_signed), ("ada@example.com", true));
}

#[test]
fn assertion_and_response_may_both_be_signed() {
    let text = response(&assertion("a1", "ada@example.com").signed()).signed();
    assert!(open(&text).unwrap().response_is_signed);
}

#[test]
fn a_rolled_key_verifies() {
    let assertion = assertion("a1", "ada@example.com");
    open(&response(&assertion.with(&sign(&ROLLED, &assertion))).unsigned()).unwrap();
}

#[test]
fn every_listed_method_and_digest_verifies() {
    let methods: [(&str, &Pair); 9] = [
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", &PROVIDER),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", &PROVIDER),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", &PROVIDER),
        ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", &PROVIDER),
        ("http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", &PROVIDER),
        ("http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", &PROVIDER),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", &P256),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", &P384),
        ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", &P521),
    ];
    let digests =
        [SHA256, "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512"];
    let assertion = assertion("a1", "ada@example.com");
    for (method, pair) in methods {
        for digest in digests {
            let signature = sign_as(pair, &assertion, method, digest, &str::to_owned);
            open(&response(&assertion.with(&signature)).unsigned()).expect(method);
        }
    }
}

#[test]
fn sha1_is_accepted_only_if_it_is_allowed() {
    let assertion = assertion("a1", "ada@example.com");
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    let signature = sign_as(&PROVIDER, &assertion, RSA_SHA256, sha1, &str::to_owned);
    let text = response(&assertion.with(&signature)).unsigned();
    assert_eq!(crate::tests::kind(&text), Some(crate::error::ErrorKind::SamlAlgorithmRefused));
    Trusted { sha1: Sha1::Allowed, ..Trusted::default() }.open(&text).unwrap();
}

#[test]
fn a_key_info_is_allowed_and_selects_no_key() {
    let info = "<ds:KeyInfo><ds:KeyName>whatever</ds:KeyName></ds:KeyInfo></ds:Signature>";
    let text = assertion_signed().replace("</ds:Signature>", info);
    open(&text).unwrap();
}

#[test]
fn differences_that_canonical_xml_removes_do_not_matter() {
    let text = assertion_signed();
    open(&text.replace("></ds:Transform>", " />")).unwrap();
    open(&text.replace("<saml:Subject>", "<saml:Subject\n>")).unwrap();
    open(&text.replace("ID=\"a1\" IssueInstant", "ID='a1'  IssueInstant")).unwrap();
    open(&text.replace("<saml:Subject>", "<!-- no --><saml:Subject>")).unwrap();
    open(&text.replace("ada@example.com</saml:NameID>", "ada&#64;example.com</saml:NameID>")).unwrap();
    open(&format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n{text}\r\n")).unwrap();
}

#[test]
fn line_ends_are_normalized_as_xml_requires() {
    let mut part = assertion("a1", "ada@example.com");
    part.tail = part.tail.replace("<saml:Subject>", "<saml:Subject>\n");
    let text = response(&part.signed()).unsigned();
    open(&text).unwrap();
    open(&text.replace('\n', "\r\n")).unwrap();
    open(&text.replace('\n', "\r")).unwrap();
}

#[test]
fn base64_may_be_broken_into_lines() {
    let text = assertion_signed();
    open(
        &text
            .replace("<ds:SignatureValue>", "<ds:SignatureValue>\n  ")
            .replace("</ds:SignatureValue>", "&#13;\n</ds:SignatureValue>"),
    )
    .unwrap();
}

#[test]
fn a_prefix_list_is_honored() {
    let list = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{0}\"><ec:InclusiveNamespaces xmlns:ec=\"{0}\" PrefixList=\"xs #default\"></ec:InclusiveNamespaces></ds:CanonicalizationMethod>",
        crate::tests::signer::EXC
    );
    let plain = format!(
        "<ds:CanonicalizationMethod Algorithm=\"{}\"></ds:CanonicalizationMethod>",
        crate::tests::signer::EXC
    );
    open(
        &response(&assertion("a1", "ada@example.com").signed_bent(|info| info.replace(&plain, &list)))
            .unsigned(),
    )
    .unwrap();
}
