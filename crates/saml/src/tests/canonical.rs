//! Tests the canonical form of generated documents against `bergshamra-c14n`, and the limit of its size. Where lxml is
//! installed, the same documents are compared with lxml.

use bergshamra_c14n::exclusive::canonicalize;
use bergshamra_xml::nodeset::{NodeIdSet, NodeSet, NodeSetType};
use proptest::prelude::*;

use crate::{
    error::ErrorKind,
    signature::canonical::{canonical_bytes, canonical_bytes_without},
    tests::{assertion, kind, open, response, signer::Part},
    xml::{document::Document, element::Element, kind::Kind, limits::Limits, source::Source},
};

/// Writes documents from pseudo-random numbers (xorshift64*). They contain everything that canonical XML has a rule
/// for.
struct Writer {
    state: u64,
    prefixes: Vec<&'static str>,
    elements: usize,
    target: usize,
}

impl Writer {
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        usize::try_from(self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        let at = self.below(from.len());
        from[at]
    }

    fn element(&mut self, depth: usize) -> String {
        let known = self.prefixes.len();
        let mut declared: Vec<&str> = Vec::new();
        let mut tag = String::new();
        for _ in 0..self.below(4) {
            let prefix = self.pick(&["", "a", "b", "c", "xs", "z"]);
            if declared.contains(&prefix) {
                continue;
            }
            declared.push(prefix);
            // No namespace contains an ampersand: libxml2 writes it without escaping, against Canonical XML 1.0 §2.3.
            let uri = self.pick(&["urn:one", "urn:two", "http://three.example/?a='x'"]);
            match prefix {
                "" if self.below(3) == 0 => tag.push_str(" xmlns=''"),
                "" => tag.push_str(&format!(" xmlns=\"{uri}\"")),
                prefix => {
                    self.prefixes.push(prefix);
                    tag.push_str(&format!(" xmlns:{prefix}=\"{uri}\""));
                }
            }
        }
        if !self.prefixes.is_empty() && self.below(2) == 0 {
            let prefixes = self.prefixes.clone();
            let prefix = self.pick(&prefixes);
            tag.push_str(&format!(" {prefix}:at = 'q\"&#9;&#10;&#13;&lt;&amp;>'"));
        }
        for name in ["zeta", "alpha", "Beta", "xml:lang"] {
            if self.below(3) == 0 {
                tag.push_str(&format!(
                    "\n  {name}=\"{}\"",
                    self.pick(&["", "é ü", "&quot;'", "&#x1F600;", " x "])
                ));
            }
        }
        if self.elements == self.target {
            tag.push_str(" target=\"\"");
        }
        self.elements += 1;
        let mut names = self.prefixes.clone();
        names.push("");
        let name = match self.pick(&names) {
            "" => "el".to_owned(),
            prefix => format!("{prefix}:el"),
        };
        let mut content = String::new();
        for _ in 0..self.below(5) {
            let piece = match self.below(6) {
                0 | 1 if depth > 0 => self.element(depth - 1),
                2 => "<!-- a comment -->".to_owned(),
                3 => "<![CDATA[<&>]]]]>".to_owned(),
                _ => self
                    .pick(&["text", "\r\n\t", "&lt;&gt;&amp;&quot;&#13;", "]] >", "日本", "\u{feff}"])
                    .to_owned(),
            };
            content.push_str(&piece);
        }
        self.prefixes.truncate(known);
        match content.is_empty() && self.below(2) == 0 {
            true => format!("<{name}{tag}/>"),
            false => format!("<{name}{tag}>{content}</{name} >"),
        }
    }
}

/// Returns a document that contains one element with an attribute `target`: its root, or an element inside it.
pub(crate) fn written(seed: u64, at_root: bool) -> String {
    let mut writer = Writer { state: seed << 20, prefixes: Vec::new(), elements: 0, target: 3 };
    let inner = loop {
        writer.elements = 0;
        let inner: String = (0..4).map(|_| writer.element(4)).collect();
        if inner.contains(" target=") {
            break inner;
        }
    };
    let (inner, at) = match at_root {
        true => (inner.replace(" target=\"\"", ""), " target=\"\""),
        false => (inner, ""),
    };
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"{at} xmlns=\"urn:default\" \
         xmlns:z='urn:z' xmlns:a='urn:a'>{inner}</md:EntityDescriptor>"
    )
}

/// Returns the element with the attribute.
pub(crate) fn target<'d>(element: Element<'d>) -> Option<Element<'d>> {
    match element.attribute("target") {
        Some(_) => Some(element),
        None => element.children().find_map(target),
    }
}

/// Returns the library's canonical form of `element`, as if `without` were not inside it.
fn theirs(element: Element<'_>, without: Option<Element<'_>>, prefixes: &[&str]) -> String {
    let nodes = |element: Element<'_>| {
        let (dom, mut last) = (element.dom(), element.node());
        while let Some(child) = dom.last_child(last) {
            last = child;
        }
        element.node().index()..last.index() + 1
    };
    let hidden = without.map_or(0..0, nodes);
    let visible: NodeIdSet = nodes(element).filter(|node| !hidden.contains(node)).collect();
    let visible = NodeSet::from_ids(visible, NodeSetType::Normal);
    String::from_utf8(canonicalize(element.dom(), false, Some(&visible), prefixes).unwrap()).unwrap()
}

/// Collects the elements below an element, in order.
fn below<'d>(element: Element<'d>, found: &mut Vec<Element<'d>>) {
    for child in element.children() {
        found.push(child);
        below(child, found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn canonical_xml_equals_that_of_an_independent_writer(
        seed in 1..1_u64 << 40, at_root: bool, chosen in any::<prop::sample::Index>(),
        prefixes in prop::sample::subsequence(vec!["a", "b", "c", "xs", "z", "xml", "unknown", "#default"], 0..=4),
    ) {
        let text = written(seed, at_root);
        let source = Source::new(&text, Limits::METADATA).unwrap();
        let document = Document::parse(&source, Kind::Metadata).unwrap();
        let target = target(document.root().unwrap()).unwrap();
        let ours = String::from_utf8(canonical_bytes(target, &prefixes).unwrap()).unwrap();
        prop_assert_eq!(ours, theirs(target, None, &prefixes));
        let mut all = Vec::new();
        below(target, &mut all);
        if !all.is_empty() {
            let without = all[chosen.index(all.len())];
            let ours = String::from_utf8(canonical_bytes_without(target, without, &prefixes).unwrap()).unwrap();
            prop_assert_eq!(ours, theirs(target, Some(without), &prefixes));
        }
    }
}

/// Each of many elements needs a long declaration that the document contains only once, outside of these elements.
#[test]
fn a_canonical_form_that_outgrows_its_document_is_refused() {
    let declaration = format!(" xmlns:p=\"urn:{}\"", "x".repeat(20_000));
    let hoisted = |elements: usize| {
        let part = assertion("a1", "ada@example.com");
        let advice =
            format!("<saml:Advice>{}</saml:Advice>", format!("<p:a{declaration}></p:a>").repeat(elements));
        // The assertion is signed in its canonical form. Then the declaration is moved to the response, which is
        // unsigned.
        let text =
            Part { tail: part.tail.replace("<saml:Subject>", &format!("{advice}<saml:Subject>")), ..part };
        let text = response(&text.signed()).unsigned().replace(&declaration, "");
        text.replacen("<samlp:Response", &format!("<samlp:Response{declaration}"), 1)
    };
    assert_eq!(open(&hoisted(2)).map(|seen| seen.name_id).unwrap(), "ada@example.com");
    assert_eq!(kind(&hoisted(20)), Some(ErrorKind::SamlTooComplex));
}
