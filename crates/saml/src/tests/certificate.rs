//! Tests the parsing of certificates and keys, in the forms that administrators paste and that metadata contains.
//!
//! Only the key and the expiry date are read.

use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::certificate::Certificate;

const RSA: &str = include_str!("keys/rsa-certificate.pem");
const EC: &str = include_str!("keys/ec-certificate.pem");

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
    STANDARD.decode(body).unwrap()
}

fn problem(text: &str) -> String {
    Certificate::parse_text(text).unwrap_err().problem().to_owned()
}

#[test]
fn a_certificate_is_read_in_every_form() {
    let read = Certificate::parse_text(RSA).unwrap();
    let bare: String = RSA.lines().filter(|line| !line.starts_with("---")).collect();
    let lines =
        bare.chars().enumerate().flat_map(|(n, c)| [c].into_iter().chain((n % 7 == 0).then_some('\n')));
    for form in [
        RSA.trim().to_owned(),
        RSA.replace('\n', "\r\n"),
        format!("\n  {RSA}\n"),
        format!(" {} ", lines.collect::<String>()),
        bare,
    ] {
        assert_eq!(Certificate::parse_text(&form).unwrap(), read);
    }
    assert_eq!(Certificate::parse_der(&der(RSA)).unwrap(), read);
    Certificate::parse_text(EC).unwrap();
}

#[test]
fn a_bare_public_key_is_read() {
    let read = Certificate::parse_text(RSA).unwrap();
    let bare = Certificate::parse_der(read.public_key()).unwrap();
    assert_eq!((bare.public_key(), bare.not_after()), (read.public_key(), None));
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        STANDARD.encode(read.public_key())
    );
    assert_eq!(Certificate::parse_text(&pem).unwrap(), bare);
}

#[test]
fn the_end_of_a_certificates_validity_is_read_in_both_time_formats() {
    let seconds = |text| {
        let until: SystemTime = Certificate::parse_text(text).unwrap().not_after().unwrap();
        until.duration_since(SystemTime::UNIX_EPOCH).unwrap()
    };
    assert_eq!(seconds(RSA), Duration::from_secs(2110866260));
    assert_eq!(seconds(EC), Duration::from_secs(4949106260));
}

#[test]
fn the_key_of_a_certificate_that_is_not_strict_der_is_read() {
    let (read, mut bytes) = (Certificate::parse_text(RSA).unwrap(), der(RSA));
    // A version that strict readers refuse, and garbage after the certificate.
    let version = bytes.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).unwrap();
    bytes[version + 4] = 9;
    bytes.extend(b"garbage");
    assert_eq!(Certificate::parse_der(&bytes).unwrap(), read);
}

#[test]
fn an_unusable_verification_key_is_refused_with_a_reason() {
    Certificate::parse_text(RSA).unwrap();
    assert!(problem(include_str!("keys/rsa-1024.pem")).contains("2048"));
    assert!(problem(include_str!("keys/secp256k1.pem")).contains("P-256"));
    assert!(problem(include_str!("keys/ed25519.pem")).contains("RSA"));
    assert!(problem(&format!("{RSA}{EC}")).contains("several"));
    assert!(problem(&RSA.replace("CERTIFICATE", "PRIVATE KEY")).contains("another kind"));
    for nothing in ["", "x", "AAAA", "-----BEGIN CERTIFICATE-----", &RSA[..200]] {
        assert!(problem(nothing).starts_with("expected a certificate or public key"), "{nothing}");
    }
}

#[test]
fn a_truncated_certificate_is_refused_without_a_panic() {
    let bytes = der(EC);
    Certificate::parse_der(&bytes).unwrap();
    let key = Certificate::parse_der(&bytes).unwrap().public_key().to_vec();
    let end = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
    for length in 0..end {
        Certificate::parse_der(&bytes[..length]).unwrap_err();
    }
}
