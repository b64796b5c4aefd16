//! Tests that the method of a signature must fit its key, and that the key must be one of the connection's.

use std::cell::RefCell;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    certificate::Certificate,
    tests::{
        Trusted, assertion, assertion_signed, response,
        signer::{P256, P384, PROVIDER, RSA_SHA256, SHA256, sign_as},
    },
};

const CERTIFICATE: &str = include_str!("keys/rsa-certificate.pem");

/// An HMAC whose secret is a public value: the key of a signature is never used as the secret of an HMAC.
#[test]
fn an_hmac_keyed_with_the_certificate_is_refused() {
    let certificate = Certificate::parse_text(CERTIFICATE).unwrap();
    let base64: String = CERTIFICATE.lines().filter(|line| !line.starts_with("---")).collect();
    let of = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    let public_pem = of("PUBLIC KEY", certificate.public_key());
    let secrets: [&[u8]; 9] = [
        &STANDARD.decode(&base64).unwrap(),
        base64.as_bytes(),
        CERTIFICATE.as_bytes(),
        CERTIFICATE.trim_end().as_bytes(),
        certificate.public_key(),
        public_pem.as_bytes(),
        public_pem.trim_end().as_bytes(),
        &PROVIDER.public_key(),
        b"",
    ];
    let mut trusted = Trusted::default();
    trusted.keys.insert(0, certificate.clone());
    trusted.open(&assertion_signed()).unwrap();
    let part = assertion("a1", "ada@example.com");
    for (method, algorithm) in [
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", hmac::HMAC_SHA256),
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
    ] {
        for secret in secrets {
            let signed = RefCell::new(String::new());
            let signature = sign_as(&PROVIDER, &part, method, SHA256, &|info| {
                signed.replace(info.to_owned());
                info.to_owned()
            });
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), signed.borrow().as_bytes());
            let (head, rest) = signature.split_once("<ds:SignatureValue>").unwrap();
            let (_, tail) = rest.split_once('<').unwrap();
            let signature = format!("{head}<ds:SignatureValue>{}<{tail}", STANDARD.encode(tag));
            let error = trusted.open(&response(&part.with(&signature)).unsigned()).unwrap_err();
            assert_eq!(error.kind(), crate::error::ErrorKind::SamlAlgorithmRefused);
        }
    }
}

#[test]
fn a_signature_method_of_another_key_type_is_refused() {
    crate::tests::honest_is_accepted();
    let part = assertion("a1", "ada@example.com");
    let text = |method: &str| {
        response(&part.with(&sign_as(&P256, &part, method, SHA256, &str::to_owned))).unsigned()
    };
    let trusted =
        |pair: &crate::tests::signer::Pair| Trusted { keys: vec![pair.certificate()], ..Trusted::default() };
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    trusted(&P256).open(&text(ecdsa)).unwrap();
    for other in [trusted(&P384), trusted(&PROVIDER)] {
        let error = other.open(&text(ecdsa)).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::SamlSignatureInvalid);
    }
    for method in ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", RSA_SHA256] {
        let error = trusted(&P256).open(&text(method)).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::SamlSignatureInvalid);
    }
}

#[test]
fn without_a_certificate_every_signature_is_refused() {
    crate::tests::honest_is_accepted();
    let nobody = Trusted { keys: Vec::new(), ..Trusted::default() };
    let error = nobody.open(&assertion_signed()).unwrap_err();
    assert_eq!(error.kind(), crate::error::ErrorKind::SamlSignatureInvalid);
}
