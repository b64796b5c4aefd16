//! Checks what the comparison in the README says about this crate.
//!
//! `cargo bench --bench compared`, which runs the other libraries too, writes the table. These tests make the same
//! fixtures again and compare our verdict on each with the table.

#![allow(clippy::expect_used, reason = "a test fails where it can't go on")]

mod encrypted;
mod fixtures;
mod ours;
mod signer;
mod table;

use std::time::{Duration, SystemTime};

use fixtures::{Fixture, Keys, Right, Signs, Traps};

/// Returns every fixture with our verdict: the NameID, or the name of the refusal.
fn judged() -> Vec<(Fixture, Result<String, String>)> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    let (keys, traps) = (
        Keys::generate(),
        Traps { url: "http://127.0.0.1:9/assertion.xml".to_owned(), file: "file:///etc/hostname".to_owned() },
    );
    let judge = |fixture: Fixture| {
        let verdict = ours::judge(&fixture, &keys, now);
        (fixture, verdict)
    };
    fixtures::all(&keys, &traps, now).into_iter().map(judge).collect()
}

#[test]
fn our_verdict_on_every_fixture_of_the_comparison_is_right() {
    for (fixture, verdict) in judged() {
        match fixture.right {
            Right::Accept => assert_eq!(verdict.as_deref(), Ok(fixture.signed_name), "{}", fixture.name),
            Right::Refuse | Right::RefuseOrReadSigned => {
                assert!(verdict.is_err(), "{}: {verdict:?}", fixture.name)
            }
        }
    }
}

#[test]
fn each_honest_fixture_is_signed_where_the_other_libraries_expect_it() {
    for (fixture, _) in judged().into_iter().filter(|(fixture, _)| fixture.right == Right::Accept) {
        let in_response = usize::from(fixture.signs != Signs::Assertion);
        let in_assertion = usize::from(fixture.signs != Signs::Response && !fixture.is_encrypted);
        let found = fixture.xml.matches("<ds:Signature ").count();
        assert_eq!(found, in_response + in_assertion, "{}", fixture.name);
    }
}

#[test]
fn each_forged_fixture_is_refused_for_what_its_name_says() {
    // In the order of the table.
    let expected = [
        "SamlSignatureMissing",
        "saml.certificates: expected at least one certificate in PEM",
        "SamlSignatureShape",
        "SamlSignatureInvalid",
        "SamlAlgorithmRefused",
        "SamlAssertionCount",
        "SamlAssertionCount",
        "SamlElementUnexpected",
        "SamlAssertionCount",
        "SamlAssertionCount",
        "SamlTextMixed",
        "SamlAudienceWrong",
        "SamlAudienceWrong",
        "SamlConfirmationWrong",
        "SamlDestinationWrong",
        "SamlInResponseToWrong",
        "SamlIssuerWrong",
        "SamlConfirmationWrong",
        "SamlAlgorithmRefused",
        "SamlSignatureShape",
        "SamlSignatureShape",
        "SamlSignatureShape",
        "SamlDoctype",
        "SamlEncryptionRefused",
        "SamlEncryptionRefused",
        "SamlDecryptionFailed",
    ];
    let judged = judged();
    let refused = judged.iter().filter(|(fixture, _)| fixture.right != Right::Accept);
    let said: Vec<_> = refused.map(|(fixture, verdict)| (fixture.name, verdict.clone().err())).collect();
    assert_eq!(said.len(), expected.len());
    for ((name, said), expected) in said.iter().zip(expected) {
        assert_eq!(said.as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn the_comparison_in_the_readme_says_our_verdict_on_every_fixture() {
    let [_, between, _] = table::readme();
    let rows = between.lines().filter(|line| line.starts_with("| ")).skip(1);
    let rows: Vec<Vec<&str>> =
        rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect();
    let judged = judged();
    let names: Vec<_> = judged.iter().map(|(fixture, _)| fixture.name).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), names);
    for (row, (fixture, verdict)) in rows.iter().zip(&judged) {
        let ours = if verdict.is_ok() { table::ACCEPTED } else { table::REFUSED };
        assert_eq!(row[1..3], [table::right(fixture.right), ours], "{}", fixture.name);
    }
}
