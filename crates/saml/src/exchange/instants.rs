//! Tests that invalid times are refused in each place where a time is read.

use super::{profile::*, *};
use crate::error::ErrorKind::*;

const NONE: [&str; 5] = ["", "now", "2026-13-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-01-01T00:00:00Z "];

#[test]
fn an_invalid_instant_is_refused_in_every_place() {
    let flow = Flow::start();
    flow.run(Signs::Both, |_| ()).expect("the accepted twin");
    let places: [(&[&str], &'static str, ErrorKind); 7] = [
        (&[], "IssueInstant", SamlIssueInstantWrong),
        (&[ASSERTION], "IssueInstant", SamlIssueInstantWrong),
        (CONDITIONS, "NotBefore", SamlConditionInvalid),
        (CONDITIONS, "NotOnOrAfter", SamlConditionInvalid),
        (DATA, "NotOnOrAfter", SamlConfirmationWrong),
        (AUTHN, "AuthnInstant", SamlAuthnStatementInvalid),
        (AUTHN, "SessionNotOnOrAfter", SamlAuthnStatementInvalid),
    ];
    for (place, attribute, kind) in places {
        for text in NONE {
            let bend = |response: &mut Node| {
                response.at(place).set(attribute, text);
            };
            let found = flow.kind(Signs::Both, bend);
            assert_eq!(found, Some(kind), "{attribute} of {:?}: {text:?}", place.last());
        }
    }
    flow.run(Signs::Both, |_| ()).expect("the accepted twin, still");
}
