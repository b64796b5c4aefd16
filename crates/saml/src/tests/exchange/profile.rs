//! Tests each check of the profile, with the value missing and with a wrong value (SAML profiles §4.1.4).
//!
//! Each case changes one thing of a response that is accepted, before it is signed.

use super::*;
use crate::error::ErrorKind::*;

pub(crate) const ASSERTION: &str = "saml:Assertion";
pub(crate) const SUBJECT: &[&str] = &[ASSERTION, "saml:Subject"];
pub(crate) const NAME_ID: &[&str] = &[ASSERTION, "saml:Subject", "saml:NameID"];
pub(crate) const CONFIRMATION: &[&str] = &[ASSERTION, "saml:Subject", "saml:SubjectConfirmation"];
pub(crate) const DATA: &[&str] =
    &[ASSERTION, "saml:Subject", "saml:SubjectConfirmation", "saml:SubjectConfirmationData"];
pub(crate) const CONDITIONS: &[&str] = &[ASSERTION, "saml:Conditions"];
pub(crate) const AUDIENCE: &[&str] =
    &[ASSERTION, "saml:Conditions", "saml:AudienceRestriction", "saml:Audience"];
pub(crate) const AUTHN: &[&str] = &[ASSERTION, "saml:AuthnStatement"];
pub(crate) const ATTRIBUTES: &[&str] = &[ASSERTION, "saml:AttributeStatement"];

pub(crate) type Bend = fn(&mut Node);

/// Runs the accepted twin, and then each change in a response that is signed as a whole.
pub(crate) fn refused(flow: &Flow, cases: &[(&str, Bend, ErrorKind)]) {
    flow.run(Signs::Both, |_| ()).expect("the accepted twin");
    for (case, bend, kind) in cases {
        assert_eq!(flow.kind(Signs::Both, bend), Some(*kind), "{case}");
    }
    flow.run(Signs::Both, |_| ()).expect("the accepted twin, still");
}

#[test]
fn a_response_that_differs_in_one_thing_is_refused() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        ("no status", |r| r.remove("samlp:Status"), SamlStatusFailed),
        ("no status code", |r| r.at(&["samlp:Status"]).remove("samlp:StatusCode"), SamlStatusFailed),
        (
            "a failure",
            |r| {
                let code = r.at(&["samlp:Status", "samlp:StatusCode"]);
                code.set("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder");
            },
            SamlStatusFailed,
        ),
        ("an issuer of another", |r| r.at(&["saml:Issuer"]).say("https://evil.example"), SamlIssuerWrong),
        ("no issuer", |r| r.remove("saml:Issuer"), SamlIssuerWrong),
        (
            "an issuer of another format",
            |r| {
                r.at(&["saml:Issuer"]).set("Format", EMAIL_FORMAT);
            },
            SamlIssuerWrong,
        ),
        (
            "no destination",
            |r| {
                r.unset("Destination");
            },
            SamlDestinationWrong,
        ),
        (
            "another destination",
            |r| {
                r.set("Destination", "https://hub.example/sso/2/saml/acs");
            },
            SamlDestinationWrong,
        ),
        (
            "an empty destination",
            |r| {
                r.set("Destination", "");
            },
            SamlDestinationWrong,
        ),
        (
            "no request answered",
            |r| {
                r.unset("InResponseTo");
            },
            SamlInResponseToWrong,
        ),
        (
            "another request answered",
            |r| {
                r.set("InResponseTo", "_other");
            },
            SamlInResponseToWrong,
        ),
        (
            "no issue instant",
            |r| {
                r.unset("IssueInstant");
            },
            SamlIssueInstantWrong,
        ),
        (
            "an invalid issue instant",
            |r| {
                r.set("IssueInstant", "now");
            },
            SamlIssueInstantWrong,
        ),
        (
            "issued ahead",
            |r| {
                r.set("IssueInstant", instant(61));
            },
            SamlIssueInstantWrong,
        ),
        (
            "issued before the request",
            |r| {
                r.set("IssueInstant", instant(-61));
            },
            SamlIssueInstantWrong,
        ),
        (
            "no version",
            |r| {
                r.unset("Version");
            },
            SamlRootWrong,
        ),
        (
            "version 1.1",
            |r| {
                r.set("Version", "1.1");
            },
            SamlRootWrong,
        ),
    ];
    // The response is signed last, so a missing or moved Issuer also moves the signature.
    let flow = Flow::start();
    refused(&flow, cases);
}

#[test]
fn an_unsigned_response_may_omit_values_but_not_contain_wrong_ones() {
    let flow = Flow::start();
    let silent: Bend = |r| {
        r.remove("saml:Issuer");
        r.unset("Destination");
    };
    assert_eq!(flow.kind(Signs::Assertion, silent), None);
    let cases: [(Bend, ErrorKind); 4] = [
        (|r| r.at(&["saml:Issuer"]).say("https://evil.example"), SamlIssuerWrong),
        (
            |r| {
                r.set("Destination", "https://evil.example");
            },
            SamlDestinationWrong,
        ),
        (
            |r| {
                r.unset("InResponseTo");
            },
            SamlInResponseToWrong,
        ),
        (|r| r.remove("samlp:Status"), SamlStatusFailed),
    ];
    for (bend, kind) in cases {
        assert_eq!(flow.kind(Signs::Assertion, bend), Some(kind));
    }
}

#[test]
fn an_assertion_that_differs_in_one_thing_is_refused() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        ("no issuer", |r| r.at(&[ASSERTION]).remove("saml:Issuer"), SamlIssuerWrong),
        (
            "an issuer of another",
            |r| r.at(&[ASSERTION, "saml:Issuer"]).say("https://evil.example"),
            SamlIssuerWrong,
        ),
        (
            "an issuer with a space",
            |r| r.at(&[ASSERTION, "saml:Issuer"]).say(&format!("{IDP} ")),
            SamlIssuerWrong,
        ),
        (
            "an issuer of another format",
            |r| {
                r.at(&[ASSERTION, "saml:Issuer"]).set("Format", EMAIL_FORMAT);
            },
            SamlIssuerWrong,
        ),
        (
            "no issue instant",
            |r| {
                r.at(&[ASSERTION]).unset("IssueInstant");
            },
            SamlIssueInstantWrong,
        ),
        (
            "issued ahead",
            |r| {
                r.at(&[ASSERTION]).set("IssueInstant", instant(61));
            },
            SamlIssueInstantWrong,
        ),
        (
            "issued before the request",
            |r| {
                r.at(&[ASSERTION]).set("IssueInstant", instant(-61));
            },
            SamlIssueInstantWrong,
        ),
        ("no conditions", |r| r.at(&[ASSERTION]).remove("saml:Conditions"), SamlAudienceWrong),
        (
            "no audience restriction",
            |r| r.at(CONDITIONS).remove("saml:AudienceRestriction"),
            SamlAudienceWrong,
        ),
        ("another audience", |r| r.at(AUDIENCE).say("https://other.example"), SamlAudienceWrong),
        ("an empty restriction", |r| r.at(&AUDIENCE[..3]).remove("saml:Audience"), SamlAudienceWrong),
        (
            "a second restriction without us",
            |r| {
                let other = Node::text("saml:Audience", "https://other.example");
                r.at(CONDITIONS).push(Node::new("saml:AudienceRestriction").child(other));
            },
            SamlAudienceWrong,
        ),
        (
            "an unknown condition",
            |r| r.at(CONDITIONS).push(Node::new("saml:Condition")),
            SamlConditionInvalid,
        ),
        (
            "expired",
            |r| {
                r.at(CONDITIONS).set("NotBefore", instant(-300)).set("NotOnOrAfter", instant(-60));
            },
            SamlExpired,
        ),
        (
            "not yet valid",
            |r| {
                r.at(CONDITIONS).set("NotBefore", instant(61));
            },
            SamlNotYetValid,
        ),
        (
            "bounds that cross",
            |r| {
                r.at(CONDITIONS).set("NotBefore", instant(20)).set("NotOnOrAfter", instant(20));
            },
            SamlConditionInvalid,
        ),
        (
            "an invalid bound",
            |r| {
                r.at(CONDITIONS).set("NotOnOrAfter", "99999-01-01T00:00:00Z");
            },
            SamlConditionInvalid,
        ),
    ];
    refused(&Flow::start(), cases);
}
