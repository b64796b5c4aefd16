//! Tests of the sentences for refusals.

use tower_sso::login::LoginErrorKind;

use super::{super::*, Desk};

/// Returns whether the sentence consists of words and does not just repeat the name of the check.
pub(super) fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() > 1 && !LoginErrorKind::ALL.iter().any(|kind| text == kind.as_str())
}

/// Documents that are refused by checks without a detail.
#[tokio::test]
async fn a_refusal_without_a_detail_is_explained_too() {
    let desk = Desk::new().await;
    let good = desk.answer(Some("_r")).await;
    let xml = String::from_utf8(STANDARD.decode(&good).unwrap()).unwrap();
    let base = "--connection AT/hub.toml --request-id _r";
    desk.write("good.xml", &xml);
    assert!(desk.one(&format!("{base} AT/good.xml")).await.1);
    let old = |with: &str| xml.replacen("<samlp:Response", with, 1);
    for (document, kind) in [
        (old("<!DOCTYPE a><samlp:Response"), "saml_doctype"),
        (old("<?a b?><samlp:Response"), "saml_processing_instruction"),
        (old("<samlp:Response a=\"\tb\""), "saml_attribute_whitespace"),
        (format!("{xml}{}", " ".repeat(1024 * 1024)), "saml_too_large"),
        (old("<samlp:Response a=\"1\" a=\"2\""), "saml_xml_invalid"),
    ] {
        desk.write("bent.xml", document);
        let (line, all) = desk.one(&format!("{base} AT/bent.xml")).await;
        let sentence = line.strip_prefix(&format!("REFUSE {kind}: ")).unwrap_or_else(|| panic!("{line}"));
        assert!(!all && is_sentence(sentence), "{line}");
    }
    desk.connection("max_age = \"1h\"");
    let late = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(3 * 3600));
    let (line, all) = desk.one(&format!("{base} --at {late} AT/good.xml")).await;
    assert!(!all && is_sentence(line.split_once(": ").unwrap().1), "{line}");
}

#[test]
fn every_check_has_an_explanation_that_is_not_just_its_name() {
    let otherwise = words("");
    assert!(is_sentence(otherwise));
    for kind in LoginErrorKind::ALL {
        assert!(is_sentence(words(kind.as_str())), "{kind:?}");
    }
    // These errors have no detail.
    for kind in [
        "saml_too_large",
        "saml_doctype",
        "saml_processing_instruction",
        "saml_attribute_whitespace",
        "saml_xml_invalid",
        "saml_signature_misplaced",
        "saml_signature_invalid",
        "saml_decryption_failed",
        "saml_expired",
        "saml_not_yet_valid",
        "saml_issue_instant_wrong",
        "saml_session_over",
        "saml_unsolicited",
        "auth_time_too_old",
        "lookup_failed",
    ] {
        assert!(LoginErrorKind::ALL.iter().any(|it| it.as_str() == kind), "{kind} is no kind");
        assert_ne!(words(kind), otherwise, "{kind}");
    }
}

#[test]
fn a_time_is_read_with_its_offset() {
    let utc = |text| humantime::parse_rfc3339(text).unwrap();
    for (text, expected) in [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00+02:00", "2025-12-31T22:00:00Z"),
        ("2026-01-01T00:00:00-03:30", "2026-01-01T03:30:00Z"),
        ("2026-01-01T00:00:00.25+00:00", "2026-01-01T00:00:00.25Z"),
        ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"),
        ("2024-03-01T00:59:59+01:00", "2024-02-29T23:59:59Z"),
        ("2026-12-31T23:00:00-23:59", "2027-01-01T22:59:00Z"),
    ] {
        assert_eq!(time(text), Some(utc(expected)), "{text}");
    }
    for text in [
        "",
        "soon",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00+02",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "2026-01-01T00:00:00+-1:00",
        "2026-01-01T00:00:00*02:00",
        "2026-01-01T00:00:00Z+02:00",
        "2026-13-01T00:00:00+02:00",
        "+02:00",
        "2026-01-01T00:00:00+02:0\u{e4}",
        "\u{e4}2:00",
    ] {
        assert_eq!(time(text), None, "{text}");
    }
}

#[tokio::test]
async fn a_response_is_checked_at_the_given_time() {
    let desk = Desk::new().await;
    desk.write("good", desk.answer(Some("_r")).await);
    // The time that a clock two hours ahead of UTC shows now.
    let shown =
        humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(2 * 3600)).to_string();
    let base = "--connection AT/hub.toml --request-id _r";
    let here = shown.replace('Z', "+02:00");
    assert!(desk.one(&format!("{base} --at {here} AT/good")).await.1);
    let (line, all) = desk.one(&format!("{base} --at {shown} AT/good")).await;
    assert!(!all && line.starts_with("REFUSE saml_"), "{line}");
}
