//! Verifies signatures and returns which elements valid signatures cover.
//!
//! Every signature of a document must be valid, not only the one that is needed. Each covers only the element that
//! contains it.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::{
    certificate::Certificate,
    engine::Engine,
    error::{Error, ErrorKind},
    method::Sha1,
    policy::Trust,
    signature::{
        canonical::{canonical_bytes, canonical_bytes_without, canonical_digest},
        shape::SignatureTemplate,
        verified::VerifiedElement,
    },
    xml::{document::Document, element::Element},
    xmlsec::{Xmlsec, check::SignatureCheck},
};

/// The elements of one document that valid signatures cover.
pub(crate) struct VerifiedElements<'d>(Vec<VerifiedElement<'d>>);

impl<'d> VerifiedElements<'d> {
    /// Returns the element as a verified one, if a valid signature inside it covers it.
    pub(crate) fn get(&self, element: Element<'_>) -> Option<VerifiedElement<'d>> {
        self.0.iter().copied().find(|covered| covered.is_node(element))
    }
}

/// Verifies every signature of the document. Each must be in one of `places`, have the one accepted shape, and be
/// valid under one of the keys. The shapes of all signatures are checked before any key is used.
///
/// # Errors
///
/// Returns `SamlSignatureMisplaced`, the errors of [`SignatureTemplate::of`], or `SamlSignatureInvalid`.
pub(crate) fn verify_signatures<'d>(
    document: &'d Document<'_>,
    places: &[Element<'d>],
    trust: &Trust<'_>,
) -> Result<VerifiedElements<'d>, Error> {
    let sha1 = match trust.engine {
        Engine::Default => trust.sha1,
        Engine::Xmlsec(_) => Sha1::Refused,
    };
    let mut targets: Vec<Element<'d>> = Vec::with_capacity(places.len());
    for signature in document.signatures() {
        let target = signature
            .parent()
            .filter(|parent| places.iter().any(|place| place.is_node(*parent)))
            .filter(|parent| !targets.iter().any(|target| target.is_node(*parent)))
            .ok_or(ErrorKind::SamlSignatureMisplaced)?;
        targets.push(target);
    }
    let shapes = document
        .signatures()
        .zip(targets)
        .map(|(signature, target)| SignatureTemplate::of(signature, target, sha1))
        .collect::<Result<Vec<_>, _>>()?;
    match trust.engine {
        Engine::Default => shapes.iter().map(|shape| verify(shape, trust.keys)).collect::<Result<_, _>>(),
        Engine::Xmlsec(xmlsec) => verify_all(xmlsec, document, &shapes, trust.keys),
    }
    .map(VerifiedElements)
}

/// Verifies one signature (XML-DSig §3.2): the digest of its target, and the signature value over `SignedInfo`.
fn verify<'d>(shape: &SignatureTemplate<'d>, keys: &[Certificate]) -> Result<VerifiedElement<'d>, Error> {
    count();
    let digest = canonical_digest(shape.target, shape.signature, &shape.target_prefixes, shape.digest)?;
    if verify_slices_are_equal(digest.as_ref(), &shape.digest_value).is_err() {
        return Err(Error::with(ErrorKind::SamlSignatureInvalid, "the digest is of something else"));
    }
    let signed = canonical_bytes(shape.signed_info, &shape.info_prefixes)?;
    match keys.iter().any(|key| key.verifies(shape.method, &signed, &shape.value)) {
        true => Ok(VerifiedElement::covered(shape.target)),
        false => Err(Error::with(
            ErrorKind::SamlSignatureInvalid,
            format_args!("by none of the {} certificates of the connection", keys.len()),
        )),
    }
}

/// Verifies all signatures with the second engine, which gives one result for all of them, and compares what it
/// digested with what is read. If the root and an element inside it are signed, what it digested is the root: the
/// other element and its signature are part of it.
fn verify_all<'d>(
    xmlsec: Xmlsec,
    document: &Document<'_>,
    shapes: &[SignatureTemplate<'d>],
    keys: &[Certificate],
) -> Result<Vec<VerifiedElement<'d>>, Error> {
    let root = document.root()?;
    let outermost = match shapes {
        [] => return Ok(Vec::new()),
        [only] => only,
        several => several
            .iter()
            .find(|shape| shape.target.is_node(root))
            .ok_or(ErrorKind::SamlSignatureMisplaced)?,
    };
    let prefixes = &outermost.target_prefixes;
    xmlsec.verify(&SignatureCheck {
        text: document.text(),
        methods: shapes.iter().map(|shape| shape.method).collect(),
        ids: document.ids().collect(),
        signed: canonical_bytes_without(outermost.target, outermost.signature, prefixes)?,
        keys,
    })?;
    Ok(shapes.iter().map(|shape| VerifiedElement::covered(shape.target)).collect())
}

#[cfg(not(any(test, feature = "_fuzz")))]
fn count() {}

#[cfg(any(test, feature = "_fuzz"))]
use self::testing::count;
#[cfg(any(test, feature = "_fuzz"))]
pub(crate) use self::testing::counted;

#[cfg(any(test, feature = "_fuzz"))]
mod testing {
    use std::cell::Cell;

    thread_local!(static VERIFIED: Cell<usize> = const { Cell::new(0) });

    pub(crate) fn count() {
        VERIFIED.set(VERIFIED.get() + 1);
    }

    /// Returns how many signatures were digested and verified while `work` ran.
    pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
        let before = VERIFIED.get();
        let done = work();
        (done, VERIFIED.get() - before)
    }
}
