//! What is accepted, and what an identity says.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    identity::{EmailVerified, IdentityFields},
    login::LoginErrorKind::*,
    saml::NameIdPolicy,
};
use tower_sso_core::Protocol;

#[tokio::test]
async fn an_answer_is_accepted_whichever_part_is_signed() {
    let flow = Flow::start();
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        let received = flow.run(signs, |_| ()).await.expect("accepted");
        assert_eq!(received.identity.subject(), "ada@acme.example", "{signs:?}");
    }
    assert_eq!(flow.kind(Signs::Nothing, |_| ()).await, Some(SamlSignatureMissing));
}

#[tokio::test]
async fn an_identity_says_what_the_assertion_does() {
    let received = Flow::start().run(Signs::Both, |_| ()).await.expect("accepted");
    assert_eq!(received.replay.id, format!("{IDP} _a1"));
    assert_eq!(received.replay.until, at(NOW + 300 + 60));
    let identity = received.identity.0;
    assert_eq!(identity.protocol, Protocol::Saml);
    assert_eq!(identity.scope.0, IDP);
    assert_eq!(identity.scope.1, format!("{} {EMAIL_FORMAT}", addresses().metadata));
    assert_eq!(identity.link, Some((identity.scope.clone(), "ada@acme.example".to_owned())));
    assert_eq!(identity.email.as_deref(), Some("ada@acme.example"));
    assert_eq!(identity.email_verified, EmailVerified::Absent);
    assert_eq!(identity.logged_in_at, Some(at(NOW - 10)));
    assert_eq!(identity.session_until, Some(at(NOW + 3600)));
    assert_eq!(identity.idp_session.as_deref(), Some("_s1"));
    assert_eq!(
        json!(identity.profile),
        json!({"groups": ["staff", "admins"], "name_id": "ada@acme.example", "name_id_format": EMAIL_FORMAT})
    );
}

#[tokio::test]
async fn attributes_become_strings_and_lists_by_their_exact_names() {
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
        .await
        .expect("accepted");
    let mut profile = json!(received.identity.profile());
    profile.as_object_mut().expect("an object").retain(|name, _| !name.starts_with("name_id"));
    assert_eq!(
        profile,
        json!({
            "groups": ["staff", "admins", "third"], "https://acme.example/roles.x": "admin",
            "empty": [], "blank": "", "nil": [], "targeted": "t-1",
        })
    );
}

#[tokio::test]
async fn the_email_is_the_chosen_attribute_or_a_well_known_one_or_an_email_name_id() {
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
        let received = flow.run(Signs::Assertion, bend).await.expect("accepted");
        assert_eq!(received.identity.email(), expected, "{attributes:?} {format}");
    }
}

#[tokio::test]
async fn a_word_about_the_address_counts_and_a_no_always_does() {
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
        let received = flow.run(Signs::Assertion, bend).await.expect("accepted");
        assert_eq!(received.identity.email_verified(), expected, "{words:?}");
    }
}

#[tokio::test]
async fn a_transient_name_id_is_no_subject_unless_an_attribute_is() {
    let transient = |response: &mut Node| {
        response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]).set("Format", TRANSIENT);
        response.at(&["saml:Assertion", "saml:AttributeStatement"]).push(attribute("uid", &["u-1"]));
    };
    assert_eq!(Flow::start().kind(Signs::Assertion, transient).await, Some(SamlNameIdInvalid));
    let flow = Flow::with(|settings| settings.subject_attribute("uid"));
    let received = flow.run(Signs::Assertion, transient).await.expect("accepted");
    assert_eq!(received.identity.subject(), "u-1");
    assert!(received.identity.0.scope.1.ends_with("attribute uid"));
    assert_eq!(received.identity.0.link, Some((received.identity.0.scope.clone(), "u-1".to_owned())));
    let twice = |response: &mut Node| {
        transient(response);
        response.at(&["saml:Assertion", "saml:AttributeStatement"]).push(attribute("uid", &["u-2"]));
    };
    assert_eq!(flow.kind(Signs::Assertion, twice).await, Some(SamlNameIdInvalid));
    assert_eq!(flow.kind(Signs::Assertion, |_| ()).await, Some(SamlNameIdInvalid));
}

#[tokio::test]
async fn qualifiers_that_are_not_the_usual_ones_are_part_of_the_scope_and_of_a_links_subject() {
    let flow = Flow::start();
    let scope = async |qualifier: &str, value: &str| {
        let bend = |response: &mut Node| {
            let name_id = response.at(&["saml:Assertion", "saml:Subject", "saml:NameID"]);
            match qualifier {
                "NameQualifier" => name_id.set("NameQualifier", value),
                _ => name_id.set("SPNameQualifier", value),
            };
        };
        let identity = flow.run(Signs::Assertion, bend).await.expect("accepted").identity.0;
        (identity.scope, identity.link.expect("by SAML"))
    };
    let usual = scope("NameQualifier", IDP).await;
    assert_eq!(scope("NameQualifier", "").await, usual);
    assert_eq!(scope("SPNameQualifier", &addresses().metadata).await, usual);
    for qualifier in ["NameQualifier", "SPNameQualifier"] {
        let other = scope(qualifier, "https://other.example").await;
        assert_ne!(other.0, usual.0, "{qualifier}");
        // No answer changes the scope of a link.
        assert_eq!(other.1.0, usual.1.0, "{qualifier}");
        assert_eq!(other.1.1, format!("{}\nada@acme.example", other.0.1));
    }
}

/// A ticket that a version before links had a scope of their own has kept.
#[tokio::test]
async fn an_identity_that_was_kept_without_a_link_is_read() {
    let identity = Flow::start().run(Signs::Both, |_| ()).await.expect("accepted").identity.0;
    let mut kept = json!(identity);
    let read =
        |kept: &serde_json::Value| serde_json::from_value::<IdentityFields>(kept.clone()).expect("read");
    assert_eq!(read(&kept).link, identity.link);
    assert!(kept.as_object_mut().expect("an object").remove("link").is_some());
    assert_eq!((read(&kept).link, read(&kept).subject), (None, identity.subject));
}

#[tokio::test]
async fn the_scope_of_a_link_is_what_the_connection_says_whatever_format_the_answer_has() {
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
            flow.run(Signs::Assertion, |_| ()).await.expect("accepted"),
            flow.run(Signs::Assertion, persistent).await.expect("accepted"),
        ] {
            links.push(received.identity.0.link.expect("by SAML"));
        }
        assert_eq!(links[0].0, links[1].0, "{policy:?}");
        assert_ne!(links[0].1, links[1].1, "{policy:?}");
        scopes.push(links[0].0.clone());
    }
    for (at, scope) in scopes.iter().enumerate() {
        assert!(!scopes[..at].contains(scope), "{scope:?} is another policy's too");
    }
}

#[tokio::test]
async fn a_response_that_nobody_asked_for_is_taken_only_where_that_was_chosen() {
    let unsolicited = signed(response(None), Signs::Both, &KEY.1);
    let solicited = signed(response(Some("_x")), Signs::Both, &KEY.1);
    let kind = |outcome: Result<Received, LoginError>| outcome.err().map(|error| error.kind());
    let usual = Flow::start();
    assert_eq!(kind(usual.receive(None, &unsolicited).await), Some(SamlUnsolicited));
    let open = Flow::with(|settings| settings.dangerous().accept_unsolicited());
    assert_eq!(kind(open.receive(None, &unsolicited).await), None);
    assert_eq!(kind(open.receive(None, &solicited).await), Some(SamlInResponseToWrong));
    // It never satisfies an SSO login that was begun.
    let login = open.authorize().await.login;
    assert_eq!(kind(open.receive(Some(&login), &unsolicited).await), Some(SamlInResponseToWrong));
    // And it is no older than an answer.
    open.time.advance(Duration::from_secs(200));
    assert_eq!(kind(open.receive(None, &unsolicited).await), None);
    let mut old = response(None);
    old.at(&["saml:Assertion"]).set("IssueInstant", instant(-900));
    assert_eq!(
        kind(open.receive(None, &signed(old, Signs::Both, &KEY.1)).await),
        Some(SamlIssueInstantWrong)
    );
}

#[tokio::test]
async fn an_answer_in_whole_seconds_is_not_before_its_request() {
    let flow = Flow::with(|settings| settings.leeway(Duration::ZERO).force_authn());
    flow.time.advance(Duration::from_millis(900));
    let bend = |response: &mut Node| {
        response.at(&["saml:Assertion", "saml:AuthnStatement"]).set("AuthnInstant", instant(0));
    };
    assert_eq!(flow.kind(Signs::Both, bend).await, None);
    assert_eq!(flow.kind(Signs::Both, |_| ()).await, Some(AuthTimeTooOld));
}

#[tokio::test]
async fn a_response_that_is_looked_at_alone_may_have_been_on_its_way() {
    let flow = Flow::start();
    let field = STANDARD.encode(signed(response(Some("_q")), Signs::Both, &KEY.1));
    let judge = async |request: &str, seconds| {
        let outcome = flow
            .provider
            .judge_alone(&flow.out, Some(request), &addresses(), &field, at(NOW + seconds))
            .await;
        outcome.err().map(|error| error.kind())
    };
    assert_eq!(judge("_q", 0).await, None);
    assert_eq!(judge("_q", 200).await, None);
    assert_eq!(judge("_q", 360).await, Some(SamlConfirmationWrong));
    assert_eq!(judge("_other", 200).await, Some(SamlInResponseToWrong));
}

#[tokio::test]
async fn several_certificates_are_all_good_and_others_are_not() {
    let source = IdpSource::Fields {
        entity_id: IDP.to_owned(),
        sso_url: SSO.to_owned(),
        certificates: vec![OTHER.0.public_key_pem().expect("PEM"), KEY.0.public_key_pem().expect("PEM")],
    };
    let both = Flow::of(SamlSettings::new(source));
    let one = Flow::start();
    for (flow, key, expected) in [
        (&both, &KEY.1, None),
        (&both, &OTHER.1, None),
        (&one, &KEY.1, None),
        (&one, &OTHER.1, Some(SamlSignatureInvalid)),
    ] {
        let login = flow.authorize().await.login;
        let xml = signed(response(Some(&login.request_id)), Signs::Both, key);
        let outcome = flow.receive(Some(&login), &xml).await;
        assert_eq!(outcome.err().map(|error| error.kind()), expected);
    }
}
