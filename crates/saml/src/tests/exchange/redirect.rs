//! Tests the encoding of the HTTP Redirect binding, and detached signatures.
//!
//! A signature counts only over the octets that were in the query.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;
use tower_sso_core::internal::Encoded;

use crate::tests::exchange::*;
use crate::{
    certificate::Certificate,
    error::ErrorKind::*,
    method::Sha1,
    redirect::{Message, address, read},
};

const LIMIT: usize = 64 * 1024;

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

fn query_of(bytes: &[u8]) -> String {
    format!("SAMLRequest={}", Encoded(&STANDARD.encode(bytes)))
}

fn kind(query: &str) -> Option<ErrorKind> {
    read(query, LIMIT).err().map(|error| error.kind())
}

fn sent(relay_state: Option<&str>, key: &Signer) -> String {
    let message = (Message::Request, "<a>ä &amp; b</a>");
    let address =
        address("https://idp.example/sso?tenant=1", message, relay_state, Some(key)).expect("an address");
    let query = address.strip_prefix("https://idp.example/sso?tenant=1&").expect("the endpoint's own query");
    query.to_owned()
}

fn certificate(key: &(TestKey, Signer)) -> Certificate {
    Certificate::parse_text(&key.0.public_key_pem().expect("PEM")).expect("a key")
}

#[test]
fn a_sent_query_is_read_back_and_its_signature_verifies() {
    for (pair, other) in [(&*KEY, &*OTHER), (&*OTHER, &*KEY)] {
        for relay_state in [None, Some("a b+c&d=ä")] {
            let incoming = read(&sent(relay_state, &pair.1), LIMIT).expect("read");
            assert_eq!((incoming.kind, &*incoming.xml), (Message::Request, "<a>ä &amp; b</a>"));
            assert_eq!(incoming.relay_state.as_deref(), relay_state);
            let signature = incoming.signature.expect("a signature");
            signature.verify(&[certificate(other), certificate(pair)], Sha1::Refused).expect("valid");
            let outcome = signature.verify(&[certificate(other)], Sha1::Refused);
            assert_eq!(outcome.err().map(|error| error.kind()), Some(SamlSignatureInvalid));
        }
    }
}

#[test]
fn a_signature_covers_the_octets_as_they_were_sent() {
    let query = sent(Some("r"), &KEY.1);
    let verdict = |query: &str| {
        let signature = read(query, LIMIT).expect("read").signature.expect("a signature");
        signature.verify(&[certificate(&KEY)], Sha1::Refused).err().map(|error| error.kind())
    };
    assert_eq!(verdict(&query), None);
    // Another order of the parameters, or another parameter beside them, changes nothing.
    let mut parts: Vec<_> = query.split('&').collect();
    parts.reverse();
    assert_eq!(verdict(&format!("x=1&{}", parts.join("&"))), None);
    for (from, to) in [
        ("RelayState=r", "RelayState=s"),
        ("RelayState=r", "RelayState=%72"),
        ("&RelayState=r", ""),
        ("%3A", "%3a"),
    ] {
        assert!(query.contains(from), "{from}");
        assert_eq!(verdict(&query.replace(from, to)), Some(SamlSignatureInvalid), "{from} {to}");
    }
    let sha1 = query.replace("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1");
    let sha1 = sha1.replace("2001%2F04", "2000%2F09");
    assert_eq!(verdict(&sha1), Some(SamlAlgorithmRefused));
}

#[test]
fn a_query_that_does_not_follow_the_redirect_binding_is_refused() {
    let query = sent(Some("r"), &KEY.1);
    assert_eq!(kind(&query), None);
    let without =
        |name: &str| query.split('&').filter(|part| !part.starts_with(name)).collect::<Vec<_>>().join("&");
    for (query, expected) in [
        (String::new(), SamlEncodingInvalid),
        (without("SAMLRequest"), SamlEncodingInvalid),
        (without("SigAlg"), SamlEncodingInvalid),
        (without("Signature"), SamlEncodingInvalid),
        (format!("{query}&RelayState=r"), ParameterRepeated),
        (format!("{query}&RelayStat%65=r"), ParameterRepeated),
        (format!("{query}&SAMLResponse=x"), SamlEncodingInvalid),
        (query.replace("RelayState", "RelayStat%65"), SamlEncodingInvalid),
        (format!("{query}&SAMLEncoding=other"), SamlEncodingInvalid),
        ("SAMLRequest=%FF".to_owned(), SamlEncodingInvalid),
        ("SAMLRequest=*".to_owned(), SamlEncodingInvalid),
        (query_of(b"<plain/>"), SamlEncodingInvalid),
        (query_of(&deflated(b"\xff")), SamlEncodingInvalid),
        (query_of(&[deflated(b"<a/>"), b"more".to_vec()].concat()), SamlEncodingInvalid),
    ] {
        assert_eq!(kind(&query), Some(expected), "{query}");
    }
    assert_eq!(kind(&query_of(&deflated(b"<a/>"))), None);
}

#[test]
fn a_deflate_bomb_is_refused_at_the_limit() {
    assert_eq!(kind(&query_of(&deflated(&vec![b' '; LIMIT]))), None);
    assert_eq!(kind(&query_of(&deflated(&vec![b' '; LIMIT + 1]))), Some(SamlTooLarge));
    let bomb = deflated(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 128 * 1024, "{}", bomb.len());
    assert_eq!(kind(&query_of(&bomb)), Some(SamlTooLarge));
    assert_eq!(kind(&format!("SAMLRequest={}", "A".repeat(5 * LIMIT))), Some(SamlTooLarge));
}

proptest! {
    #[test]
    fn any_text_survives_the_redirect_binding(xml in "\\PC{0,200}", relay_state in "\\PC{0,80}") {
        let address = address("https://idp.example/sso", (Message::Response, &xml), Some(&relay_state), None);
        let address = address.expect("an address");
        let query = address.strip_prefix("https://idp.example/sso?").expect("a query");
        let incoming = read(query, LIMIT).expect("read");
        prop_assert_eq!((incoming.xml, incoming.relay_state), (xml, Some(relay_state)));
    }

    #[test]
    fn reading_a_query_never_panics_or_inflates_past_the_limit(
        text in "\\PC{0,200}",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        for query in [text.clone(), format!("SAMLRequest={text}"), query_of(&bytes)] {
            if let Ok(incoming) = read(&query, 1000) {
                prop_assert!(incoming.xml.len() <= 1000);
            }
        }
    }
}
