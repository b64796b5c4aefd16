//! Tests which user an assertion identifies, how the user authenticated, and which unusual content is accepted.

use std::time::Duration;

use super::{profile::*, *};
use crate::error::ErrorKind::*;

#[test]
fn a_subject_confirmation_must_match_completely() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        ("none", |r| r.at(SUBJECT).remove("saml:SubjectConfirmation"), SamlConfirmationWrong),
        (
            "another method",
            |r| {
                r.at(CONFIRMATION).set("Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches");
            },
            SamlConfirmationWrong,
        ),
        ("no data", |r| r.at(CONFIRMATION).remove("saml:SubjectConfirmationData"), SamlConfirmationWrong),
        (
            "no recipient",
            |r| {
                r.at(DATA).unset("Recipient");
            },
            SamlConfirmationWrong,
        ),
        (
            "another recipient",
            |r| {
                r.at(DATA).set("Recipient", "https://hub.example/sso/2/saml/acs");
            },
            SamlConfirmationWrong,
        ),
        (
            "no end",
            |r| {
                r.at(DATA).unset("NotOnOrAfter");
            },
            SamlConfirmationWrong,
        ),
        (
            "past its end",
            |r| {
                r.at(DATA).set("NotOnOrAfter", instant(-60));
            },
            SamlConfirmationWrong,
        ),
        (
            "a beginning",
            |r| {
                r.at(DATA).set("NotBefore", instant(-60));
            },
            SamlConfirmationWrong,
        ),
        (
            "no request answered",
            |r| {
                r.at(DATA).unset("InResponseTo");
            },
            SamlConfirmationWrong,
        ),
        (
            "another request answered",
            |r| {
                r.at(DATA).set("InResponseTo", "_other");
            },
            SamlConfirmationWrong,
        ),
        (
            "another's to use",
            |r| r.at(CONFIRMATION).push(Node::text("saml:NameID", "eve@acme.example")),
            SamlConfirmationWrong,
        ),
    ];
    refused(&Flow::start(), cases);
}

#[test]
fn one_matching_confirmation_is_enough_and_partial_ones_do_not_add_up() {
    let flow = Flow::start();
    let other = |data: Node| Node::new("saml:SubjectConfirmation").with("Method", BEARER).child(data);
    let odd = Node::new("saml:SubjectConfirmationData").with("NotOnOrAfter", instant(300));
    flow.run(Signs::Both, |r| r.at(SUBJECT).push(other(odd))).expect("one fits");
    let halves = |r: &mut Node| {
        let login = r.attribute("InResponseTo").expect("a request").to_owned();
        r.at(DATA).unset("Recipient");
        let data = Node::new("saml:SubjectConfirmationData")
            .with("Recipient", addresses().acs)
            .with("InResponseTo", login);
        r.at(SUBJECT).push(other(data));
    };
    assert_eq!(flow.kind(Signs::Both, halves), Some(SamlConfirmationWrong));
}

#[test]
fn an_invalid_authentication_statement_is_refused() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        ("none", |r| r.at(&[ASSERTION]).remove("saml:AuthnStatement"), SamlAuthnStatementInvalid),
        (
            "no instant",
            |r| {
                r.at(AUTHN).unset("AuthnInstant");
            },
            SamlAuthnStatementInvalid,
        ),
        (
            "ahead",
            |r| {
                r.at(AUTHN).set("AuthnInstant", instant(61));
            },
            SamlAuthnStatementInvalid,
        ),
        ("no context", |r| r.at(AUTHN).remove("saml:AuthnContext"), SamlAuthnStatementInvalid),
        (
            "an invalid session end",
            |r| {
                r.at(AUTHN).set("SessionNotOnOrAfter", "later");
            },
            SamlAuthnStatementInvalid,
        ),
        (
            "a long session index",
            |r| {
                r.at(AUTHN).set("SessionIndex", "x".repeat(256));
            },
            SamlAuthnStatementInvalid,
        ),
        (
            "a session that is over, to the second",
            |r| {
                r.at(AUTHN).set("SessionNotOnOrAfter", instant(0));
            },
            SamlSessionOver,
        ),
    ];
    refused(&Flow::start(), cases);
}

#[test]
fn an_unreadable_subject_or_attribute_is_refused() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        ("no subject", |r| r.at(&[ASSERTION]).remove("saml:Subject"), SamlNameIdInvalid),
        ("no name id", |r| r.at(SUBJECT).remove("saml:NameID"), SamlNameIdInvalid),
        ("an empty name id", |r| r.at(NAME_ID).say(""), SamlNameIdInvalid),
        ("white space around", |r| r.at(NAME_ID).say(" ada@acme.example"), SamlNameIdInvalid),
        ("a line feed in it", |r| r.at(NAME_ID).say("ada\n@acme.example"), SamlNameIdInvalid),
        ("a long name id", |r| r.at(NAME_ID).say(&"x".repeat(1025)), SamlNameIdInvalid),
        (
            "an encrypted one",
            |r| {
                r.at(SUBJECT).remove("saml:NameID");
                r.at(SUBJECT).push(Node::new("saml:EncryptedID"));
            },
            SamlNameIdInvalid,
        ),
        ("an element in it", |r| r.at(NAME_ID).push(Node::text("saml:X", "")), SamlTextMixed),
        ("no name", |r| r.at(ATTRIBUTES).push(Node::new("saml:Attribute")), SamlAttributeInvalid),
        ("an empty name", |r| r.at(ATTRIBUTES).push(attribute("", &["x"])), SamlAttributeInvalid),
        (
            "an encrypted attribute",
            |r| r.at(ATTRIBUTES).push(Node::new("saml:EncryptedAttribute")),
            SamlAttributeInvalid,
        ),
        (
            "a value that is XML",
            |r| {
                let value = Node::new("saml:AttributeValue").child(Node::text("md:Company", "Acme"));
                r.at(ATTRIBUTES).push(Node::new("saml:Attribute").with("Name", "x").child(value));
            },
            SamlAttributeInvalid,
        ),
    ];
    refused(&Flow::start(), cases);
}

#[test]
fn variations_within_the_standard_are_accepted() {
    let bends: [(&str, Bend); 9] = [
        ("conditions without bounds", |r| {
            r.at(CONDITIONS).unset("NotBefore").unset("NotOnOrAfter");
        }),
        ("clocks that differ", |r| {
            r.at(CONDITIONS).set("NotBefore", instant(60)).set("NotOnOrAfter", instant(61));
        }),
        ("just not over", |r| {
            r.at(CONDITIONS).set("NotBefore", instant(-300)).set("NotOnOrAfter", instant(-59));
        }),
        ("once, and not proxied", |r| {
            r.at(CONDITIONS).push(Node::new("saml:OneTimeUse"));
            r.at(CONDITIONS).push(Node::new("saml:ProxyRestriction").with("Count", "0"));
        }),
        ("others in the audience too", |r| {
            let restriction = r.at(&AUDIENCE[..3]);
            restriction.insert(0, Node::text("saml:Audience", "https://other.example"));
        }),
        ("an address", |r| {
            r.at(DATA).set("Address", "192.0.2.1");
        }),
        ("no session index, no end", |r| {
            r.at(AUTHN).unset("SessionIndex").unset("SessionNotOnOrAfter");
        }),
        ("no attributes", |r| r.at(&[ASSERTION]).remove("saml:AttributeStatement")),
        ("an issuer that says it is one", |r| {
            let format = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
            r.at(&[ASSERTION, "saml:Issuer"]).set("Format", format);
        }),
    ];
    let flow = Flow::start();
    for (case, bend) in bends {
        assert_eq!(flow.kind(Signs::Both, bend), None, "{case}");
    }
}

#[test]
fn the_earliest_end_of_several_statements_applies() {
    let flow = Flow::start();
    let received = flow
        .run(Signs::Both, |r| {
            let context = Node::new("saml:AuthnContext");
            let second = Node::new("saml:AuthnStatement")
                .with("AuthnInstant", instant(-5))
                .with("SessionNotOnOrAfter", instant(60));
            r.at(&[ASSERTION]).push(second.child(context));
        })
        .expect("accepted");
    assert_eq!(received.session_until, Some(at(NOW + 60)));
    assert_eq!(received.logged_in_at, at(NOW - 5));
}

#[test]
fn statements_about_two_sessions_of_the_provider_are_refused() {
    let flow = Flow::start();
    let second = |index: &'static str| {
        move |r: &mut Node| {
            let statement = Node::new("saml:AuthnStatement").with("AuthnInstant", instant(-5));
            let statement = statement.with("SessionIndex", index).child(Node::new("saml:AuthnContext"));
            r.at(&[ASSERTION]).push(statement);
        }
    };
    let received = flow.run(Signs::Both, second("_s1")).expect("accepted");
    assert_eq!(received.session_index.as_deref(), Some("_s1"));
    assert_eq!(flow.kind(Signs::Both, second("_s2")), Some(SamlAuthnStatementInvalid));
}

#[test]
fn a_requested_context_class_must_come_back() {
    let asked = |class: &str| Flow::with(|settings| settings.authn_contexts(["urn:x:strong", class]));
    let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    assert_eq!(asked(class).kind(Signs::Both, |_| ()), None);
    assert_eq!(asked("urn:x:other").kind(Signs::Both, |_| ()), Some(ContextClassWrong));
    let silent: Bend = |r| {
        r.at(&[ASSERTION, "saml:AuthnStatement", "saml:AuthnContext"]).remove("saml:AuthnContextClassRef")
    };
    assert_eq!(asked(class).kind(Signs::Both, silent), Some(ContextClassWrong));
}

#[test]
fn a_login_older_than_required_is_refused() {
    let old: Bend = |r| {
        r.at(AUTHN).set("AuthnInstant", instant(-3600));
    };
    let new: Bend = |r| {
        r.at(AUTHN).set("AuthnInstant", instant(-60));
    };
    let forced = Flow::with(Settings::force_authn);
    assert_eq!(forced.kind(Signs::Both, new), None);
    assert_eq!(forced.kind(Signs::Both, old), Some(AuthTimeTooOld));
    let hour = Flow::with(|settings| settings.max_age(Duration::from_secs(3540)));
    assert_eq!(hour.kind(Signs::Both, old), None);
    let less = Flow::with(|settings| settings.max_age(Duration::from_secs(3539)));
    assert_eq!(less.kind(Signs::Both, old), Some(AuthTimeTooOld));
    assert_eq!(Flow::start().kind(Signs::Both, old), None);
}

#[test]
fn a_failed_status_without_an_assertion_is_reported_to_the_operator() {
    let flow = Flow::start();
    let refusal = |r: &mut Node| {
        r.remove(ASSERTION);
        let code = r.at(&["samlp:Status", "samlp:StatusCode"]);
        code.set("Value", "urn:x:Responder")
            .push(Node::new("samlp:StatusCode").with("Value", "urn:x:NoPassive"));
        r.at(&["samlp:Status"]).push(Node::text("samlp:StatusMessage", "not\nnow"));
    };
    let login = flow.authorize().login;
    let mut answer = response(Some(&login.request_id));
    refusal(&mut answer);
    let error = flow.receive(Some(&login), &answer.canonical()).expect_err("a refusal");
    assert_eq!(error.kind(), SamlStatusFailed);
    assert_eq!(error.detail(), Some("urn:x:Responder / urn:x:NoPassive: not?now"));
    // A status of success without an assertion is not a login.
    let mut answer = response(Some(&login.request_id));
    answer.remove(ASSERTION);
    let error = flow.receive(Some(&login), &answer.canonical()).expect_err("nothing");
    assert_eq!(error.kind(), SamlAssertionCount);
}

#[test]
fn an_invalid_form_field_is_refused() {
    let flow = Flow::with(|settings| settings.response_limit(8 * 1024));
    let login = flow.authorize().login;
    let field = STANDARD.encode(signed(response(Some(&login.request_id)), Signs::Both, &KEY.1));
    let broken = field.as_bytes().chunks(76).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n");
    let receive = |field: &str| {
        let outcome = flow.receive_field(&flow.own, Some(&login), field);
        outcome.err().map(|error| error.kind())
    };
    assert_eq!(receive(&field), None);
    assert_eq!(receive(&broken), None, "in lines");
    assert_eq!(receive(""), Some(SamlXmlInvalid));
    assert_eq!(receive("%3C"), Some(SamlEncodingInvalid));
    assert_eq!(receive(&STANDARD.encode(b"<\xff>")), Some(SamlEncodingInvalid));
    assert_eq!(receive(&STANDARD.encode(" ".repeat(8 * 1024 + 1))), Some(SamlTooLarge));
}
