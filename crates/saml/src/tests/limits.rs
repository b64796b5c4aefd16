//! Tests documents that are made to be expensive.
//!
//! Their cost is counted: no signature of a refused document is verified.

use crate::{
    error::ErrorKind::{SamlElementUnexpected, SamlSignatureMisplaced, SamlTooComplex, SamlTooLarge},
    signature::verify::counted,
    tests::{
        Trusted, assertion, assertion_signed, kind, response,
        signer::{PROVIDER, sign},
    },
    xml::limits::Limits,
};

fn inside(what: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("{what}<samlp:StatusCode"), 1)
}

fn nested(depth: usize) -> String {
    inside(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)))
}

fn attributes(count: usize) -> String {
    let list: String = (0..count).map(|n| format!(" a{n}=\"\"")).collect();
    inside(&format!("<a{list}/>"))
}

/// Uses the largest limit that settings allow, so that none of the documents is refused for its size alone.
#[test]
fn costly_xml_is_refused_for_its_form_at_any_response_limit() {
    let size = 1024 * 1024;
    let trusted = || Trusted { limits: Limits::MESSAGE.with_size(size), ..Trusted::default() };
    let part = assertion("a1", "ada@example.com");
    let signatures = sign(&PROVIDER, &part).repeat(500);
    let declared = |count: usize| attributes(count).replace(" a", " xmlns:a").replace("\"\"", "\"urn:a\"");
    for (text, expected) in [
        (nested(46), None),
        (nested(47), Some(SamlTooComplex)),
        (nested(100_000), Some(SamlTooComplex)),
        (attributes(32), None),
        (attributes(33), Some(SamlTooComplex)),
        (attributes(50_000), Some(SamlTooComplex)),
        (inside("<a xmlns:a0=\"urn:a\"/>"), None),
        (declared(30_000), Some(SamlTooComplex)),
        (inside(&"<a/>".repeat(32_000)), None),
        (inside(&"<a/>".repeat(100_000)), Some(SamlTooComplex)),
        (inside(&" ".repeat(1_000_000)), None),
        (inside(&" ".repeat(size)), Some(SamlTooLarge)),
        (response(&part.with(&signatures)).unsigned(), Some(SamlElementUnexpected)),
        (inside(&signatures), Some(SamlSignatureMisplaced)),
    ] {
        assert_eq!(text.len() > size, expected == Some(SamlTooLarge), "{} bytes", text.len());
        let (found, verified) = counted(|| trusted().open(&text).err().map(|error| error.kind()));
        assert_eq!(found, expected, "{} bytes", text.len());
        assert_eq!(verified, usize::from(expected.is_none()));
    }
}

#[test]
fn costly_xml_is_refused_before_a_key_is_used() {
    let (accepted, verified) = counted(|| kind(&assertion_signed()));
    assert_eq!((accepted, verified), (None, 1));
    let namespaces = |count: usize, each: usize| {
        let tags: String = (0..count)
            .map(|n| {
                let list: String = (0..each).map(|m| format!(" xmlns:p{n}-{m}=\"urn:p\"")).collect();
                format!("<a{list}>")
            })
            .collect();
        inside(&format!("{tags}{}", "</a>".repeat(count)))
    };
    let part = assertion("a1", "ada@example.com");
    let signatures = sign(&PROVIDER, &part).repeat(500);
    let elsewhere = sign(&PROVIDER, &part).repeat(150);
    // Pairs of a document and the kind of its refusal. `None` marks the accepted twin.
    for (text, expected) in [
        (nested(46), None),
        (nested(47), Some(SamlTooComplex)),
        (nested(20_000), Some(SamlTooComplex)),
        (nested(100_000), Some(SamlTooLarge)),
        (attributes(32), None),
        (attributes(33), Some(SamlTooComplex)),
        (attributes(5_000), Some(SamlTooComplex)),
        (attributes(50_000), Some(SamlTooLarge)),
        (namespaces(3, 9), None),
        (namespaces(4, 9), Some(SamlTooComplex)),
        (inside(&"<a/>".repeat(6_000)), None),
        (inside(&"<a/>".repeat(6_144)), Some(SamlTooComplex)),
        (inside(&"<a/>".repeat(40_000)), Some(SamlTooComplex)),
        (inside(&"<a b=''/>".repeat(3_000)), None),
        (inside(&"<a b=''/>".repeat(3_072)), Some(SamlTooComplex)),
        (inside(&"<!---->".repeat(6_000)), None),
        (inside(&"<!---->".repeat(6_144)), Some(SamlTooComplex)),
        (inside(&"<![CDATA[]]>".repeat(6_000)), None),
        (inside(&"<![CDATA[]]>".repeat(6_144)), Some(SamlTooComplex)),
        (inside(&" ".repeat(5 << 20)), Some(SamlTooLarge)),
        (response(&part.with(&signatures)).unsigned(), Some(SamlTooLarge)),
        (response(&part.with(&elsewhere)).unsigned(), Some(SamlElementUnexpected)),
        (inside(&elsewhere), Some(SamlSignatureMisplaced)),
    ] {
        let (found, verified) = counted(|| kind(&text));
        assert_eq!(found, expected, "{} bytes", text.len());
        assert_eq!(verified, usize::from(expected.is_none()));
    }
}
