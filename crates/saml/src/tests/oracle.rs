//! Tests canonicalization, signatures and encryption against independent engines: lxml, signxml and xmlsec1.
//!
//! `tests/run` installs them. Without them these tests fail.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    error::ErrorKind,
    signature::canonical::canonical_bytes,
    tests::{
        canonical::{target, written},
        encryption, evil, open, response,
        signer::{EXC, PROVIDER},
    },
    xml::{document::Document, kind::Kind, limits::Limits, source::Source},
};

/// Sends all questions to the script at once.
fn ask(questions: &[Value]) -> Vec<String> {
    let binary = std::env::current_exe().unwrap();
    let python = binary.ancestors().nth(3).unwrap().join("real-python/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/real/saml-oracle.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python does not start; `tests/run` installs it");
    child.stdin.take().unwrap().write_all(json!(questions).to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "saml-oracle.py failed");
    serde_json::from_slice(&done.stdout).unwrap()
}

fn provider_pem() -> String {
    PROVIDER.private_pem().expect("the provider's key is RSA")
}

#[test]
fn canonical_xml_equals_that_of_lxml() {
    let questions: Vec<_> = (1..=600_u64)
        .map(|seed| {
            // Prefix lists are used only at the root: lxml copies an element without the declarations that it does not
            // use.
            let at_root = seed % 2 == 0;
            let prefixes = ["a", "z"].get(..usize::try_from(seed / 2 % 3).unwrap()).unwrap();
            let document = written(seed, at_root);
            json!({
                "ask": "canonicalize", "document": document,
                "prefixes": if at_root { prefixes } else { &[] },
            })
        })
        .collect();
    for (question, theirs) in questions.iter().zip(ask(&questions)) {
        let source = Source::new(question["document"].as_str().unwrap(), Limits::METADATA).unwrap();
        let document = Document::parse(&source, Kind::Metadata).unwrap();
        let prefixes: Vec<_> =
            question["prefixes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let ours = canonical_bytes(target(document.root().unwrap()).unwrap(), &prefixes).unwrap();
        let theirs = String::from_utf8(STANDARD.decode(theirs).unwrap()).unwrap();
        assert_eq!(String::from_utf8(ours).unwrap(), theirs, "{question}");
    }
}

/// Returns a response as providers write it: not canonical, with every prefix at the root and white space between the
/// elements.
fn as_written(in_response: &str, in_assertion: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:s=\"{0}\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"\
         \n xmlns='urn:default' Version='2.0' ID='r1'>\n  <s:Issuer>https://idp.example/</s:Issuer>{in_response}\n  <p:Status><p:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status>\n  <s:Assertion Version=\"2.0\" ID=\"a1\">\n \
         <s:Issuer>https://idp.example/</s:Issuer>{in_assertion}<!-- said -->\n    <s:Subject><s:NameID>ada&amp;co@example.com\
         </s:NameID></s:Subject>\n <s:AttributeStatement><s:Attribute Name=\"n\" ><s:AttributeValue xmlns:xsi=\
         \"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">Zoë &lt;&#38;&gt;</s:AttributeValue>\
         </s:Attribute></s:AttributeStatement></s:Assertion>\n</p:Response>\n",
        crate::xml::namespace::SAML
    )
}

/// Returns an empty signature for xmlsec1 to fill in.
fn template(id: &str, algorithm: &str) -> String {
    format!(
        "<ds:Signature><ds:SignedInfo>\n<ds:CanonicalizationMethod Algorithm=\"{EXC}\"/><ds:SignatureMethod \
         Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#{algorithm}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform Algorithm=\
         \"{EXC}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"xs #default\"/></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    )
}

/// Returns responses that both engines signed, in each way.
fn signed_by_engines() -> Vec<String> {
    let key = provider_pem();
    let mut questions = Vec::new();
    for algorithm in ["rsa-sha256", "rsa-sha384", "rsa-sha512"] {
        for (response, assertion) in [("r1", ""), ("", "a1")] {
            let fill = |id: &str| if id.is_empty() { String::new() } else { template(id, algorithm) };
            let document = as_written(&fill(response), &fill(assertion));
            questions.push(json!({"ask": "xmlsec1_sign", "document": document, "key": key}));
        }
        for id in ["r1", "a1"] {
            let document = as_written("", "");
            questions.push(
                json!({"ask": "signxml", "document": document, "id": id, "key": key, "method": algorithm}),
            );
        }
    }
    ask(&questions)
}

#[test]
fn documents_signed_by_xmlsec1_and_signxml_are_read_unless_changed() {
    for text in signed_by_engines() {
        assert_eq!(open(&text).expect(&text).name_id, "ada&co@example.com");
        let kind = |text: &str| crate::tests::kind(text);
        let invalid = Some(ErrorKind::SamlSignatureInvalid);
        assert_eq!(kind(&text.replace("ada&amp;co", "root&amp;co")), invalid);
        assert_eq!(kind(&text.replace("Name=\"n\"", "Name=\"m\"")), invalid);
        assert_eq!(kind(&text.replace("\n    <s:Subject>", "<s:Subject>")), invalid);
        assert_eq!(
            kind(&text.replace("xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", "xmlns:xs=\"urn:x\"")),
            text.contains("PrefixList").then_some(ErrorKind::SamlSignatureInvalid)
        );
        // Changes that canonical XML does not see.
        open(&text.replace("<!-- said -->", "")).unwrap();
        open(&text.replace('\n', "\r\n")).unwrap();
    }
}

#[test]
fn wrapping_a_document_signed_by_xmlsec1_or_signxml_is_refused() {
    for text in signed_by_engines() {
        open(&text).unwrap();
        let at = text.find("<s:Assertion").unwrap();
        let end = text.find("</s:Assertion>").unwrap() + "</s:Assertion>".len();
        let (before, assertion, behind) = (&text[..at], &text[at..end], &text[end..]);
        let count = Some(ErrorKind::SamlAssertionCount);
        let evil = evil("e1");
        for wrapped in [
            format!("{before}{}{assertion}{behind}", evil.unsigned()),
            format!("{before}{assertion}{}{behind}", evil.unsigned()),
            format!("{before}{}{behind}", evil.with(assertion)),
            format!("{before}{}{behind}", evil.with(&format!("<s:Advice>{assertion}</s:Advice>"))),
            text.replacen(
                "<p:Status>",
                &format!("<p:Extensions>{}</p:Extensions><p:Status>", evil.unsigned()),
                1,
            ),
            text.replacen(
                "</ds:Signature>",
                &format!("<ds:Object>{}</ds:Object></ds:Signature>", evil.unsigned()),
                1,
            ),
        ] {
            assert_eq!(crate::tests::kind(&wrapped), count, "{wrapped}");
        }
        let nested =
            response(assertion).head + &text[text.find("<p:Response").unwrap()..] + "</samlp:Response>";
        assert_eq!(crate::tests::kind(&nested), Some(ErrorKind::SamlElementUnexpected));
    }
}

#[test]
fn an_assertion_encrypted_by_xmlsec1_is_decrypted() {
    let key = provider_pem();
    let document = as_written("", &template("a1", "rsa-sha256")).replace("<s:Assertion", &format!("<s:Assertion xmlns=\"urn:default\" xmlns:s=\"{}\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", crate::xml::namespace::SAML));
    let signed = ask(&[json!({"ask": "xmlsec1_sign", "document": document, "key": key})]).remove(0);
    open(&signed).unwrap();
    let wrapped = signed
        .replace("<s:Assertion", "<s:EncryptedAssertion><s:Assertion")
        .replace("</s:Assertion>", "</s:Assertion></s:EncryptedAssertion>");
    let public = encryption::our_public_pem();
    let questions: Vec<_> = [128, 192, 256]
        .map(|bits| {
            let template = format!(
                "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
                 <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes{bits}-gcm\"/>\
                 <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey><xenc:EncryptionMethod \
                 Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/><xenc:CipherData><xenc:CipherValue/>\
                 </xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData>\
                 </xenc:EncryptedData>"
            );
            json!({"ask": "xmlsec1_encrypt", "document": wrapped, "template": template, "key": public, "session_key": format!("aes-{bits}")})
        })
        .into();
    for text in ask(&questions) {
        let seen = encryption::trusted().open(&text).expect(&text);
        assert!(seen.was_encrypted);
        assert_eq!(seen.name_id, "ada&co@example.com");
    }
}
