//! Documents made to cost. What they cost is counted: no signature is looked at.

use super::{
    super::signature::counted,
    assertion, assertion_signed, kind, response,
    signer::{PROVIDER, sign},
};
use crate::LoginErrorKind::{SamlElementUnexpected, SamlSignatureMisplaced, SamlTooComplex, SamlTooLarge};

fn inside(what: &str) -> String {
    assertion_signed().replacen("<samlp:StatusCode", &format!("{what}<samlp:StatusCode"), 1)
}

#[test]
fn what_costs_is_refused_before_a_key_is_used() {
    let (accepted, verified) = counted(|| kind(&assertion_signed()));
    assert_eq!((accepted, verified), (None, 1));
    let nested = |depth: usize| inside(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
    let attributes = |count: usize| {
        let list: String = (0..count).map(|n| format!(" a{n}=\"\"")).collect();
        inside(&format!("<a{list}/>"))
    };
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
    // (what, the accepted twin, the refused one)
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
        (inside(&"<a/>".repeat(8_000)), None),
        (inside(&"<a/>".repeat(8_192)), Some(SamlTooComplex)),
        (inside(&"<a/>".repeat(40_000)), Some(SamlTooComplex)),
        (inside(&"<a b=''/>".repeat(4_000)), None),
        (inside(&"<a b=''/>".repeat(4_096)), Some(SamlTooComplex)),
        (inside(&"<!---->".repeat(8_000)), None),
        (inside(&"<!---->".repeat(8_192)), Some(SamlTooComplex)),
        (inside(&"<![CDATA[]]>".repeat(8_000)), None),
        (inside(&"<![CDATA[]]>".repeat(8_192)), Some(SamlTooComplex)),
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
