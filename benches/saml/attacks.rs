//! Documents made to cost.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{documents::Document, figures::median, judge};

/// What a connection reads by default, and a little less than it: the rest of the document is in it too.
const LIMIT: usize = 192 * 1024 - 8 * 1024;
/// How many elements and attributes together, likewise.
const PARTS: usize = 6_000;

pub fn compare(honest: &Document) {
    let (signature, _) = honest.xml.split_once("</ds:Signature>").unwrap();
    let signature = &signature[signature.find("<ds:Signature").unwrap()..];
    let signature = format!("{signature}</ds:Signature>");
    let list = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let attributes = |count| format!("<a{}/>", list(count, &|n| format!(" a{n}=''")));
    let wide = |elements, each| {
        let one = format!("<a{}/>", list(each, &|n| format!(" a{n}=''")));
        list(elements, &|_| one.clone())
    };
    let namespaces = |elements, each| {
        let one = format!("<a{}/>", list(each, &|n| format!(" xmlns:p{n}='urn:p'")));
        list(elements, &|_| one.clone())
    };
    for (name, inside) in [
        ("depth 100,000", nested(100_000)),
        ("depth 26,000", nested(26_000)),
        ("50,000 attributes of one element", attributes(50_000)),
        ("18,000 attributes of one element", attributes(18_000)),
        ("5 MB of text", " ".repeat(5 << 20)),
        ("184 KiB of text", " ".repeat(LIMIT)),
        ("500 signatures", signature.repeat(500)),
        ("signatures up to the limit", signature.repeat(LIMIT / signature.len())),
        ("47,000 elements", "<a/>".repeat(LIMIT / 4)),
        ("as many elements as are read", "<a/>".repeat(PARTS)),
        ("as many attributes as are read", wide(PARTS / 33, 32)),
        ("the same, as namespaces", namespaces(PARTS / 30, 29)),
        ("as many comments as are read", format!("<a>{}</a>", "<!---->".repeat(PARTS))),
        ("as many IDs as are read", list(PARTS / 2, &|n| format!("<a ID='i{n:05}'/>"))),
        ("references in text", "&lt;".repeat(LIMIT / 4)),
        ("IDs", list(LIMIT / 16, &|n| format!("<a ID='i{n:05}'/>"))),
    ] {
        // In the assertion, so that what is signed is no longer what was: whatever is read of it is digested first.
        let text = honest.xml.replacen(
            "</saml:Issuer><saml:Subject>",
            &format!("</saml:Issuer>{inside}<saml:Subject>"),
            1,
        );
        let text = match text.len() == honest.xml.len() {
            true => honest.xml.replacen("<saml:AttributeValue", &format!("{inside}<saml:AttributeValue"), 1),
            false => text,
        };
        assert!(text.len() > honest.xml.len(), "nothing was put in");
        let response = STANDARD.encode(&text);
        let mut times = Vec::new();
        let mut kind = None;
        for _ in 0..11 {
            let start = Instant::now();
            let error = judge(honest.connection(), &response).unwrap_err();
            times.push(start.elapsed());
            kind = Some(error.kind());
        }
        let worst = times.iter().max().copied().unwrap_or_default();
        let middle: Duration = median(times);
        println!(
            "{name:<36} {:>8} B {:>9.1} µs, at most {:>9.1} µs  {}",
            text.len(),
            middle.as_secs_f64() * 1e6,
            worst.as_secs_f64() * 1e6,
            kind.unwrap().as_str(),
        );
    }
}
