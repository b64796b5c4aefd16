//! Tests an encrypted assertion in an unsigned response. Only the content of the response binds the assertion to it
//! (SAML bindings §3.5.5.2).

use super::{profile::Bend, *};
use crate::{error::ErrorKind::*, tests::encryption::encrypted_for};

/// Signs the assertion and encrypts it. The response around it is unsigned. Returns the kind of the refusal.
fn kind(flow: &Flow, bend: Bend, encrypts: bool) -> Option<ErrorKind> {
    let login = flow.authorize().login;
    let mut response = response(Some(&login.request_id));
    bend(&mut response);
    let mut text = signed(response, Signs::Assertion, &KEY.1);
    if encrypts {
        let start = text.find("<saml:Assertion").expect("one");
        let end = text.find("</saml:Assertion>").expect("its end") + "</saml:Assertion>".len();
        let public = KEY.0.public_key_der().expect("DER");
        text = format!("{}{}{}", &text[..start], encrypted_for(&public, &text[start..end]), &text[end..]);
    }
    flow.receive(Some(&login), &text).err().map(|error| error.kind())
}

#[test]
fn around_an_encrypted_assertion_issuer_and_destination_are_required() {
    let flow = Flow::with(|settings| {
        settings.decryption_key(KEY.0.private_key_pem().expect("PEM"), metadata::certificate(&KEY.0))
    });
    assert_eq!(kind(&flow, |_| (), true), None, "the accepted twin");
    let silent: [(&str, Bend, ErrorKind); 3] = [
        ("no issuer", |r| r.remove("saml:Issuer"), SamlIssuerWrong),
        (
            "no destination",
            |r| {
                r.unset("Destination");
            },
            SamlDestinationWrong,
        ),
        (
            "neither",
            |r| {
                r.remove("saml:Issuer");
                r.unset("Destination");
            },
            SamlIssuerWrong,
        ),
    ];
    for (case, bend, expected) in silent {
        assert_eq!(kind(&flow, bend, true), Some(expected), "{case}");
        assert_eq!(kind(&flow, bend, false), None, "{case}, around one in the clear");
    }
    let wrong: [(&str, Bend, ErrorKind); 5] = [
        ("another issuer", |r| r.at(&["saml:Issuer"]).say("https://evil.example"), SamlIssuerWrong),
        (
            "another destination",
            |r| {
                r.set("Destination", "https://hub.example/sso/2/saml/acs");
            },
            SamlDestinationWrong,
        ),
        (
            "another request answered",
            |r| {
                r.set("InResponseTo", "_other");
            },
            SamlInResponseToWrong,
        ),
        (
            "an assertion of another issuer",
            |r| r.at(&[profile::ASSERTION, "saml:Issuer"]).say("https://evil.example"),
            SamlIssuerWrong,
        ),
        (
            "an assertion for another audience",
            |r| r.at(profile::AUDIENCE).say("https://other.example"),
            SamlAudienceWrong,
        ),
    ];
    for (case, bend, expected) in wrong {
        for encrypts in [true, false] {
            assert_eq!(kind(&flow, bend, encrypts), Some(expected), "{case}");
        }
    }
    assert_eq!(kind(&flow, |_| (), true), None, "the accepted twin, still");
}
