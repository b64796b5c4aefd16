//! Tests logout messages and metadata at the level of the document.
//!
//! Nothing is read unless the root is signed.

use crate::{
    error::{Error, ErrorKind},
    method::Sha1,
    open::{open_signed, read_unsigned},
    policy::{Encryption, Trust},
    tests::{
        Trusted,
        differential::by_both,
        signer::{ATTACKER, Part, sign},
    },
    xml::{kind::Kind, limits::Limits, namespace::SAML},
};

fn logout(local: &str, version: &str) -> Part {
    Part {
        id: "l1".to_owned(),
        head: format!(
            "<samlp:{local} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"l1\" Version=\"{version}\">\
             <saml:Issuer xmlns:saml=\"{SAML}\">https://idp.example/</saml:Issuer>"
        ),
        tail: format!("<samlp:Status></samlp:Status></samlp:{local}>"),
    }
}

fn metadata() -> Part {
    Part {
        id: "m1".to_owned(),
        head: "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"m1\" entityID=\"https://idp.example/\">".to_owned(),
        tail: "<md:IDPSSODescriptor></md:IDPSSODescriptor></md:EntityDescriptor>".to_owned(),
    }
}

fn open(text: &str, kind: Kind) -> Result<String, Error> {
    let trusted = Trusted::default();
    by_both(text, |engine| {
        let trust = Trust {
            keys: &trusted.keys,
            decryption_keys: &[],
            sha1: Sha1::Refused,
            encryption: Encryption::Optional,
            engine,
            limits: Limits::MESSAGE,
        };
        open_signed(text, kind, &trust, |root| Ok(root.local().to_owned()))
    })
}

#[test]
fn only_a_signed_logout_message_is_read() {
    let part = logout("LogoutResponse", "2.0");
    open(&part.signed(), Kind::LogoutResponse).unwrap();
    let other = logout("LogoutResponse", "1.0").signed();
    for (text, kind, expected) in [
        (part.unsigned(), Kind::LogoutResponse, ErrorKind::SamlSignatureMissing),
        (part.with(&sign(&ATTACKER, &part)), Kind::LogoutResponse, ErrorKind::SamlSignatureInvalid),
        (part.signed(), Kind::LogoutRequest, ErrorKind::SamlRootWrong),
        (part.signed(), Kind::Response, ErrorKind::SamlRootWrong),
        (other, Kind::LogoutResponse, ErrorKind::SamlRootWrong),
        (crate::tests::assertion_signed(), Kind::LogoutResponse, ErrorKind::SamlRootWrong),
        (
            part.signed().replace("</samlp:Status>", "</samlp:Status><samlp:SessionIndex/>"),
            Kind::LogoutResponse,
            ErrorKind::SamlElementUnexpected,
        ),
        (
            part.signed().replace("</samlp:Status>", "<saml:Assertion xmlns:saml=\"x:y\"/></samlp:Status>"),
            Kind::LogoutResponse,
            ErrorKind::SamlAssertionCount,
        ),
    ] {
        let error = open(&text, kind).unwrap_err();
        assert_eq!(error.kind(), expected, "{text}");
    }
}

#[test]
fn only_signed_metadata_is_read() {
    let part = metadata();
    open(&part.signed(), Kind::Metadata).unwrap();
    let error = |text: &str| open(text, Kind::Metadata).unwrap_err().kind();
    assert_eq!(error(&part.unsigned()), ErrorKind::SamlSignatureMissing);
    assert_eq!(error(&part.with(&sign(&ATTACKER, &part))), ErrorKind::SamlSignatureInvalid);
    let doubled = sign(&crate::tests::signer::PROVIDER, &part).repeat(2);
    assert_eq!(error(&part.with(&doubled)), ErrorKind::SamlSignatureMisplaced);
    let moved = part.unsigned().replace(
        "<md:IDPSSODescriptor>",
        &format!("<md:IDPSSODescriptor>{}", sign(&crate::tests::signer::PROVIDER, &part)),
    );
    assert_eq!(error(&moved), ErrorKind::SamlSignatureMisplaced);
    // An unsigned element around the signed entity.
    let around = format!(
        "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}</md:EntitiesDescriptor>",
        part.signed()
    );
    assert_eq!(error(&around), ErrorKind::SamlSignatureMisplaced);
}

#[test]
fn unsigned_metadata_that_is_trusted_otherwise_gets_the_same_checks() {
    let read = |text: &str| {
        read_unsigned(text, Kind::Metadata, Limits::METADATA, |root| Ok(root.local().to_owned()))
    };
    assert_eq!(read(&metadata().unsigned()).unwrap(), "EntityDescriptor");
    let error = read(&format!("<!DOCTYPE x>{}", metadata().unsigned())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SamlDoctype);
}
