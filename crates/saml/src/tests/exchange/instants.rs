//! Tests that invalid times are refused in each place where a time is read, and that metadata is not used after its
//! `validUntil`.

use super::{logout::form, profile::*, *};
use crate::{
    choices::RequestBinding,
    error::ErrorKind::*,
    logout::message::{LogoutMessage, LogoutOutcome, LogoutSubject, LogoutVia},
    metadata::theirs::Endpoint,
    redirect::Message,
    sample::messages::logout_request,
};

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

#[test]
fn expired_metadata_is_refused_by_everything_that_uses_it() {
    type Use = fn(&Flow) -> Result<(), Error>;
    let uses: [(&str, Use); 5] = [
        ("a request", |flow| {
            flow.own.authn_request(&flow.idp, ask(&addresses()), flow.clock.now()).map(drop)
        }),
        ("a response", |flow| {
            let login = flow.own.login_of("_x", &addresses(), flow.clock.now());
            flow.receive(Some(&login), &signed(response(Some("_x")), Signs::Both, &KEY.1)).map(drop)
        }),
        ("a logout request of ours", |flow| {
            let within = format!("{} {EMAIL_FORMAT}", addresses().metadata);
            let who = LogoutSubject { within: &within, subject: "ada@acme.example", session_index: None };
            flow.own
                .logout_request(&flow.idp, &addresses(), who, "r", flow.clock.now())
                .map(|made| drop(made.expect("a service")))
        }),
        ("a logout request of the provider", |flow| incoming(flow).map(drop)),
        ("our answer", |flow| {
            let valid = IdpMetadata { valid_until: None, ..flow.idp.clone() };
            let LogoutMessage::Request(request) = incoming(&Flow::of(Settings::default(), valid))? else {
                panic!("an answer")
            };
            flow.own
                .logout_response(&flow.idp, &addresses(), &request, LogoutOutcome::Ended, flow.clock.now())
                .map(|made| drop(made.expect("a service")))
        }),
    ];
    for (case, act) in uses {
        let mut flow = Flow::start();
        let binding = RequestBinding::Redirect;
        let location = "https://idp.example/slo".to_owned();
        flow.idp.slo = vec![Endpoint { binding, location, response_location: None }];
        for (left, expected) in [(1, None), (0, Some(SamlMetadataInvalid))] {
            flow.idp.valid_until = Some(at(NOW + left));
            assert_eq!(act(&flow).err().map(|error| error.kind()), expected, "{case}, {left} s left");
        }
    }
}

/// Reads a logout request of the provider.
fn incoming(flow: &Flow) -> Result<LogoutMessage, Error> {
    let form = form(Message::Request, logout_request(), Some(&KEY.1));
    flow.own.validate_logout(&flow.idp, &addresses(), LogoutVia::Form(form.as_bytes()), flow.clock.now())
}
