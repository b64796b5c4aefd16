//! Exclusive XML Canonicalization 1.0, of one element of the parsed document.

use std::ops::Range;

use aws_lc_rs::digest;
use bergshamra_c14n::{C14nSink, exclusive::canonicalize_to};
use bergshamra_xml::nodeset::{NodeIdSet, NodeSet, NodeSetType};

use crate::{LoginError, LoginErrorKind};

use super::super::xml::Element;

/// The canonical bytes of `element`.
pub(in super::super) fn canonical_bytes(
    element: Element<'_>,
    prefixes: &[&str],
) -> Result<Vec<u8>, LoginError> {
    let mut bytes = Vec::with_capacity(2048);
    canonical(element, None, prefixes, &mut bytes)?;
    Ok(bytes)
}

/// The canonical bytes of `element`, as if `without` did not stand in it.
pub(super) fn canonical_bytes_without(
    element: Element<'_>,
    without: Element<'_>,
    prefixes: &[&str],
) -> Result<Vec<u8>, LoginError> {
    let mut bytes = Vec::with_capacity(4096);
    canonical(element, Some(without), prefixes, &mut bytes)?;
    Ok(bytes)
}

/// The digest of the canonical bytes of `element`, as if `without` did not stand in it.
pub(super) fn canonical_digest(
    element: Element<'_>,
    without: Element<'_>,
    prefixes: &[&str],
    algorithm: &'static digest::Algorithm,
) -> Result<digest::Digest, LoginError> {
    let mut sink = Sink(digest::Context::new(algorithm));
    canonical(element, Some(without), prefixes, &mut sink)?;
    Ok(sink.0.finish())
}

/// Digests what is written to it.
struct Sink(digest::Context);

impl C14nSink for Sink {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

fn canonical(
    element: Element<'_>,
    without: Option<Element<'_>>,
    prefixes: &[&str],
    sink: &mut impl C14nSink,
) -> Result<(), LoginError> {
    let without = without.map_or(0..0, nodes);
    let visible: NodeIdSet = nodes(element).filter(|node| !without.contains(node)).collect();
    let visible = NodeSet::from_ids(visible, NodeSetType::Normal);
    canonicalize_to(element.dom(), false, Some(&visible), prefixes, sink)
        .map_err(|error| LoginError::with(LoginErrorKind::SamlXmlInvalid, error))
}

/// The numbers of the nodes of a subtree: nodes are numbered in document order.
fn nodes(element: Element<'_>) -> Range<usize> {
    let (dom, mut last) = (element.dom(), element.node());
    while let Some(child) = dom.last_child(last) {
        last = child;
    }
    element.node().index()..last.index() + 1
}
