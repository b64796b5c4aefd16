//! Tests that only a NameID identifies a user. The other identifiers of SAML core §2.2 are refused everywhere, even
//! beside a NameID.

use super::{profile::*, *};
use crate::error::ErrorKind::*;

#[test]
fn any_identifier_other_than_a_name_id_is_refused_in_every_place() {
    let cases: &[(&str, Bend, ErrorKind)] = &[
        (
            "a BaseID in its place",
            |r| {
                r.at(SUBJECT).remove("saml:NameID");
                r.at(SUBJECT).push(Node::new("saml:BaseID"));
            },
            SamlNameIdInvalid,
        ),
        ("a BaseID beside it", |r| r.at(SUBJECT).push(Node::new("saml:BaseID")), SamlNameIdInvalid),
        ("a BaseID in front", |r| r.at(SUBJECT).insert(0, Node::new("saml:BaseID")), SamlNameIdInvalid),
        (
            "an EncryptedID beside it",
            |r| r.at(SUBJECT).push(Node::new("saml:EncryptedID")),
            SamlNameIdInvalid,
        ),
        (
            "a second NameID",
            |r| r.at(SUBJECT).push(Node::text("saml:NameID", "eve@acme.example")),
            SamlElementUnexpected,
        ),
        (
            "a BaseID in the confirmation",
            |r| r.at(CONFIRMATION).push(Node::new("saml:BaseID")),
            SamlConfirmationWrong,
        ),
        (
            "an EncryptedID in the confirmation",
            |r| r.at(CONFIRMATION).push(Node::new("saml:EncryptedID")),
            SamlConfirmationWrong,
        ),
    ];
    refused(&Flow::start(), cases);
    // They are refused even if an attribute is the subject.
    let by_attribute = Flow::with(|settings| settings.subject_attribute("uid"));
    let named = |r: &mut Node| r.at(ATTRIBUTES).push(attribute("uid", &["ada"]));
    by_attribute.run(Signs::Both, named).expect("the accepted twin");
    for other in ["saml:BaseID", "saml:EncryptedID"] {
        let bend = |r: &mut Node| {
            named(r);
            r.at(SUBJECT).push(Node::new(other));
        };
        assert_eq!(by_attribute.kind(Signs::Both, bend), Some(SamlNameIdInvalid), "{other}");
    }
}
