//! Tests which exchanges are accepted, and what the verified identity says.

use std::time::Duration;

use serde_json::json;
use tower_sso_core::EmailVerified;

use super::*;
use crate::{choices::NameIdPolicy, error::ErrorKind::*};

#[test]
fn a_response_is_accepted_no_matter_which_part_is_signed() {
    let flow = Flow::start();
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let received = flow.run(signs, |_| ()).expect("accepted");
        assert_eq!(received.subject, "ada@acme.example", "{signs:?}");
    }
    assert_eq!(flow.kind(Signs::Nothing, |_| ()), Some(SamlSignatureMissing));
}

#[test]
fn an_identity_contains_the_data_of_the_assertion() {
    let received = Flow::start().run(Signs::Both, |_| ()).expect("accepted");
    assert_eq!(received.replay.id, format!("{IDP} _a1"));
    assert_eq!(received.replay.until, at(NOW + 300 + 60));
    let identity = received;
    assert_eq!(identity.scope.0, IDP);
    assert_eq!(identity.scope.1, format!("{} {EMAIL_FORMAT}", addresses().metadata));
    assert_eq!(identity.link, (identity.scope.clone(), "ada@acme.example".to_owned()));
    assert_eq!(identity.email.as_deref(), Some("ada@acme.example"));
    assert_eq!(identity.email_verified, EmailVerified::Absent);
    assert_eq!(identity.logged_in_at, at(NOW - 10));
    assert_eq!(identity.session_until, Some(at(NOW + 3600)));
    assert_eq!(identity.session_index.as_deref(), Some("_s1"));
    assert_eq!(
        json!(identity.attributes),
        json!({"groups": ["staff", "admins"], "name_id": "ada@acme.example", "name_id_format": EMAIL_FORMAT})
    );
}

#[test]
fn attributes_become_strings_and_lists_under_their_exact_names() {
    let flow = Flow::start();
    let received = flow
        .run(Signs::Assertion, |response| {
            let statement = response.at(&["saml:Assertion", "saml:AttributeStatement"]);
            statement.push(attribute("groups", &["third"]));
            statement.push(attribute("https://acme.example/roles.x", &["admin"]));
            statement.push(attribute("empty", &[]));
            statement.push(attribute("blank", &[""]));
            let nil = Node::new("saml:AttributeValue")
                .with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
                .with("xsi:nil", "true");
            statement.push(Node::new("saml:Attribute").with("Name", "nil").child(nil));
            let inner = Node::text("saml:NameID", "t-1").with("Format", PERSISTENT);
            let value = Node::new("saml:AttributeValue").child(inner);
            statement.push(Node::new("saml:Attribute").with("Name", "targeted").child(value));
        })
        .expect("accepted");
    let mut profile = json!(received.attributes);
    profile.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("name_id"));
    assert_eq!(
        profile,
        json!({
            "groups": ["staff", "admins", "third"], "https://acme.example/roles.x": "admin",
            "empty": [], "blank": "", "nil": [], "targeted": "t-1",
        })
    );
}

#[test]
fn the_email_comes_from_a_chosen_or_well_known_attribute_or_the_name_id() {
    const MAIL: &str = "urn:oid:0.9.2342.19200300.100.1.3";
    let usual = Flow::start();
    let chosen = Flow::with(|settings| settings.email_attribute("work").email_attribute("home"));
    for (flow, attributes, format, expected) in [
        (&usual, &[][..], EMAIL_FORMAT, Some("ada@acme.example")),
        (&usual, &[], PERSISTENT, None),
        (&usual, &[(MAIL, "m@acme.example")], PERSISTENT, Some("m@acme.example")),
        (
            &usual,
            &[(MAIL, "m@acme.example"), ("email", "e@acme.example")],
            EMAIL_FORMAT,
            Some("e@acme.example"),
        ),
        (&usual, &[("email", "")], EMAIL_FORMAT, Some("ada@acme.example")),
        (&usual, &[("Email", "e@acme.example")], PERSISTENT, None),
        (&chosen, &[("email", "e@acme.example")], EMAIL_FORMAT, None),
        (&chosen, &[("home", "h@acme.example")], EMAIL_FORMAT, Some("h@acme.example")),
        (
            &chosen,
            &[("home", "h@x.example"), ("work", "w@acme.example")],
            EMAIL_FORMAT,
            Some("w@acme.example"),
        ),
    ] {
        let bend = |response: &mut Node| {
            response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]).set("Format", format);
            for (name, value) in attributes {
                let statement = response.at(&["saml:Assertion", "saml:AttributeStatement"]);
                statement.push(attribute(name, &[value]));
            }
        };
        let received = flow.run(Signs::Assertion, bend).expect("accepted");
        assert_eq!(received.email.as_deref(), expected, "{attributes:?} {format}");
    }
}

#[test]
fn email_verified_is_read_from_an_attribute_and_any_no_wins() {
    let flow = Flow::start();
    for (words, expected) in [
        (&["true"][..], EmailVerified::Yes),
        (&["false"], EmailVerified::No),
        (&["true", "false"], EmailVerified::No),
        (&["perhaps"], EmailVerified::No),
    ] {
        let bend = |response: &mut Node| {
            let statement = response.at(&["saml:Assertion", "saml:AttributeStatement"]);
            statement.push(attribute("http://schemas.auth0.com/email_verified", words));
        };
        let received = flow.run(Signs::Assertion, bend).expect("accepted");
        assert_eq!(received.email_verified, expected, "{words:?}");
    }
}

#[test]
fn a_transient_name_id_is_a_subject_only_with_a_subject_attribute() {
    let transient = |response: &mut Node| {
        response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]).set("Format", TRANSIENT);
        response.at(&["saml:Assertion", "saml:AttributeStatement"]).push(attribute("uid", &["u-1"]));
    };
    assert_eq!(Flow::start().kind(Signs::Assertion, transient), Some(SamlNameIdInvalid));
    let flow = Flow::with(|settings| settings.subject_attribute("uid"));
    let received = flow.run(Signs::Assertion, transient).expect("accepted");
    assert_eq!(received.subject, "u-1");
    assert!(received.scope.1.ends_with("attribute uid"));
    assert_eq!(received.link, (received.scope.clone(), "u-1".to_owned()));
    let twice = |response: &mut Node| {
        transient(response);
        response.at(&["saml:Assertion", "saml:AttributeStatement"]).push(attribute("uid", &["u-2"]));
    };
    assert_eq!(flow.kind(Signs::Assertion, twice), Some(SamlNameIdInvalid));
    assert_eq!(flow.kind(Signs::Assertion, |_| ()), Some(SamlNameIdInvalid));
}

#[test]
fn unusual_qualifiers_are_part_of_the_scope_and_of_the_linked_subject() {
    let flow = Flow::start();
    let scope = |qualifier: &str, value: &str| {
        let bend = |response: &mut Node| {
            let name_id = response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]);
            match qualifier {
                "NameQualifier" => name_id.set("NameQualifier", value),
                _ => name_id.set("SPNameQualifier", value),
            };
        };
        let identity = flow.run(Signs::Assertion, bend).expect("accepted");
        (identity.scope, identity.link)
    };
    let usual = scope("NameQualifier", IDP);
    assert_eq!(scope("NameQualifier", ""), usual);
    assert_eq!(scope("SPNameQualifier", &addresses().metadata), usual);
    for qualifier in ["NameQualifier", "SPNameQualifier"] {
        let other = scope(qualifier, "https://other.example");
        assert_ne!(other.0, usual.0, "{qualifier}");
        // No response can change the scope of an account link.
        assert_eq!(other.1.0, usual.1.0, "{qualifier}");
        assert_eq!(other.1.1, format!("{}\nada@acme.example", other.0.1));
    }
}

#[test]
fn the_connection_sets_the_scope_of_a_link_whatever_the_name_id_format() {
    let persistent = |response: &mut Node| {
        response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]).set("Format", PERSISTENT);
    };
    let mut scopes = Vec::new();
    for policy in
        [NameIdPolicy::EmailAddress, NameIdPolicy::Persistent, NameIdPolicy::Unspecified, NameIdPolicy::None]
    {
        let flow = Flow::with(|settings| settings.name_id(policy));
        let mut links = Vec::new();
        for received in [
            flow.run(Signs::Assertion, |_| ()).expect("accepted"),
            flow.run(Signs::Assertion, persistent).expect("accepted"),
        ] {
            links.push(received.link);
        }
        assert_eq!(links[0].0, links[1].0, "{policy:?}");
        assert_ne!(links[0].1, links[1].1, "{policy:?}");
        scopes.push(links[0].0.clone());
    }
    for (at, scope) in scopes.iter().enumerate() {
        assert!(!scopes[..at].contains(scope), "{scope:?} is another policy's too");
    }
}

#[test]
fn an_unsolicited_response_is_accepted_only_if_the_connection_allows_it() {
    let unsolicited = signed(response(None), Signs::Both, &KEY.1);
    let solicited = signed(response(Some("_x")), Signs::Both, &KEY.1);
    let kind = |outcome: Result<AssertionParts, Error>| outcome.err().map(|error| error.kind());
    let usual = Flow::start();
    assert_eq!(kind(usual.receive(None, &unsolicited)), Some(SamlUnsolicited));
    let open = Flow::with(|settings| settings.accept_unsolicited());
    assert_eq!(kind(open.receive(None, &unsolicited)), None);
    assert_eq!(kind(open.receive(None, &solicited)), Some(SamlInResponseToWrong));
    // Both halves check this, whatever the other one was told.
    let field = STANDARD.encode(&unsolicited);
    let first_half = |flow: &Flow| flow.own.decode_response(None, &field).err().map(|error| error.kind());
    assert_eq!([&usual, &open].map(first_half), [Some(SamlUnsolicited), None]);
    let decoded = |flow: &Flow| {
        let login = flow.authorize().login;
        let response = flow.own.decode_response(Some(&login), &field).expect("decoded");
        flow.own.validate_response(&flow.idp, &response, None, &addresses(), flow.clock.now()).map(drop)
    };
    assert_eq!(decoded(&usual).err().map(|error| error.kind()), Some(SamlUnsolicited));
    assert_eq!(decoded(&open).err().map(|error| error.kind()), None);
    // An unsolicited response never finishes a login that was begun.
    let login = open.authorize().login;
    assert_eq!(kind(open.receive(Some(&login), &unsolicited)), Some(SamlInResponseToWrong));
    // An unsolicited response may not be older than a response to a request may be.
    open.time.advance(Duration::from_secs(200));
    assert_eq!(kind(open.receive(None, &unsolicited)), None);
    let mut old = response(None);
    old.at(&["saml:Assertion"]).set("IssueInstant", instant(-900));
    assert_eq!(kind(open.receive(None, &signed(old, Signs::Both, &KEY.1))), Some(SamlIssueInstantWrong));
}

#[test]
fn a_response_timed_in_whole_seconds_is_not_older_than_its_request() {
    let flow = Flow::with(|settings| settings.leeway(Duration::ZERO).force_authn());
    flow.time.advance(Duration::from_millis(900));
    let bend = |response: &mut Node| {
        response.at(&["saml:Assertion", "saml:AuthnStatement"]).set("AuthnInstant", instant(0));
    };
    assert_eq!(flow.kind(Signs::Both, bend), None);
    assert_eq!(flow.kind(Signs::Both, |_| ()), Some(AuthTimeTooOld));
}

#[test]
fn each_configured_certificate_is_accepted_and_no_other() {
    let certificates = [&OTHER, &KEY].map(|key| key.0.public_key_pem().expect("PEM"));
    let both = Flow::of(Settings::default(), idp(&certificates, &Settings::default()));
    let one = Flow::start();
    for (flow, key, expected) in [
        (&both, &KEY.1, None),
        (&both, &OTHER.1, None),
        (&one, &KEY.1, None),
        (&one, &OTHER.1, Some(SamlSignatureInvalid)),
    ] {
        let login = flow.authorize().login;
        let xml = signed(response(Some(&login.request_id)), Signs::Both, key);
        let outcome = flow.receive(Some(&login), &xml);
        assert_eq!(outcome.err().map(|error| error.kind()), expected);
    }
}
