//! Checks that a signature has the one accepted shape (SAML core §5.4): design §8, check 4.
//!
//! The shape has one reference to the parent element, two transforms, and accepted algorithms. Everything else is
//! refused before a key is used.

use aws_lc_rs::digest;

use crate::{
    error::{Error, ErrorKind},
    method::{Sha1, SignatureMethod, digest_of},
    xml::{
        element::Element,
        namespace::{DS, EXC_C14N},
    },
};

/// The enveloped signature transform (XML-DSig §6.6.4).
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The maximum number of prefixes in a PrefixList, and its maximum length in bytes.
const PREFIXES: (usize, usize) = (16, 512);

/// A signature of the accepted shape: it covers the element that contains it, and nothing else.
pub(crate) struct SignatureTemplate<'d> {
    /// The `ds:Signature` element, which is left out of its digest.
    pub(crate) signature: Element<'d>,
    /// The covered element, which contains the signature.
    pub(crate) target: Element<'d>,
    pub(crate) signed_info: Element<'d>,
    /// The prefixes of the canonicalization of `SignedInfo`.
    pub(crate) info_prefixes: Vec<&'d str>,
    pub(crate) method: SignatureMethod,
    /// The prefixes of the canonicalization of the target.
    pub(crate) target_prefixes: Vec<&'d str>,
    pub(crate) digest: &'static digest::Algorithm,
    pub(crate) digest_value: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

impl<'d> SignatureTemplate<'d> {
    /// Reads a signature and checks its shape.
    ///
    /// # Errors
    ///
    /// Returns `SamlSignatureShape`, `SamlAlgorithmRefused`, `SamlTextMixed` or `SamlIdInvalid`.
    pub(crate) fn of(signature: Element<'d>, target: Element<'d>, sha1: Sha1) -> Result<Self, Error> {
        attributes(signature, &["Id"])?;
        let (signed_info, value) = match children(signature)?.as_slice() {
            [info, value] => (*info, *value),
            [info, value, key_info] if key_info.is(DS, "KeyInfo") => (*info, *value),
            _ => return Err(shape("expected SignedInfo, SignatureValue and at most a KeyInfo")),
        };
        named(signed_info, "SignedInfo", &["Id"])?;
        named(value, "SignatureValue", &["Id"])?;

        let [canonicalization, method, reference] = children(signed_info)?[..] else {
            return Err(shape("expected one CanonicalizationMethod, SignatureMethod and Reference"));
        };
        named(canonicalization, "CanonicalizationMethod", &["Algorithm"])?;
        let info_prefixes = exclusive(canonicalization)?;
        named(method, "SignatureMethod", &["Algorithm"])?;
        empty(method)?;
        named(reference, "Reference", &["Id", "URI", "Type"])?;
        same_element(reference, target)?;

        let [transforms, digest_method, digest_value] = children(reference)?[..] else {
            return Err(shape("expected one Transforms, DigestMethod and DigestValue"));
        };
        named(transforms, "Transforms", &[])?;
        let target_prefixes = transforms_of(transforms)?;
        named(digest_method, "DigestMethod", &["Algorithm"])?;
        empty(digest_method)?;
        named(digest_value, "DigestValue", &[])?;
        let digest = digest_of(algorithm(digest_method)?, sha1).ok_or_else(|| refused(digest_method))?;
        let digest_value = base64(digest_value)?;
        if digest_value.len() != digest.output_len() {
            return Err(shape("the digest is not as long as its algorithm makes it"));
        }
        Ok(Self {
            signature,
            target,
            signed_info,
            info_prefixes,
            method: SignatureMethod::of(algorithm(method)?, sha1).ok_or_else(|| refused(method))?,
            target_prefixes,
            digest,
            digest_value,
            value: base64(value)?,
        })
    }
}

/// Returns the bytes of an element that contains only base64. White space is allowed in it (XML Schema 2 §3.2.16).
///
/// # Errors
///
/// Returns `SamlTextMixed` if it contains more than text, and `SamlSignatureShape` if the text is not base64.
pub(crate) fn base64(element: Element<'_>) -> Result<Vec<u8>, Error> {
    let bytes = crate::base64_text::decode(element.text()?).filter(|bytes| !bytes.is_empty());
    bytes.ok_or_else(|| shape(format_args!("{} is empty or not base64", element.local())))
}

/// Checks that the reference is, by its ID, to the element that contains the signature. SAML core §5.4.2.
fn same_element(reference: Element<'_>, target: Element<'_>) -> Result<(), Error> {
    let id = target.attribute("ID").ok_or(ErrorKind::SamlIdInvalid)?;
    match reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) {
        Some(named) if named == id && !id.is_empty() => Ok(()),
        Some(_) | None => Err(shape("the reference is not to the element that contains the signature")),
    }
}

/// Checks for exactly the enveloped signature transform and exclusive canonicalization, in this order. Returns the
/// prefixes of the latter.
fn transforms_of(transforms: Element<'_>) -> Result<Vec<&str>, Error> {
    let [enveloped, canonicalization] = children(transforms)?[..] else {
        return Err(shape("expected two transforms"));
    };
    named(enveloped, "Transform", &["Algorithm"])?;
    named(canonicalization, "Transform", &["Algorithm"])?;
    if algorithm(enveloped)? != ENVELOPED {
        return Err(shape("the first transform is not enveloped-signature"));
    }
    empty(enveloped)?;
    exclusive(canonicalization)
}

/// Checks for exclusive canonicalization without comments, and returns the prefixes that it treats as inclusive
/// (exc-c14n §4).
fn exclusive(element: Element<'_>) -> Result<Vec<&str>, Error> {
    if algorithm(element)? != EXC_C14N {
        return Err(shape("a canonicalization is not the exclusive one without comments"));
    }
    let inclusive = match children(element)?[..] {
        [] => return Ok(Vec::new()),
        [inclusive] if inclusive.is(EXC_C14N, "InclusiveNamespaces") => inclusive,
        _ => return Err(shape("a canonicalization holds more than InclusiveNamespaces")),
    };
    attributes(inclusive, &["PrefixList"])?;
    empty(inclusive)?;
    let list = inclusive.attribute("PrefixList").unwrap_or_default();
    let prefixes: Vec<_> = list.split_ascii_whitespace().take(PREFIXES.0 + 1).collect();
    match prefixes.len() > PREFIXES.0 || list.len() > PREFIXES.1 {
        true => Err(shape("a PrefixList is too long")),
        false => Ok(prefixes),
    }
}

/// Returns the child elements. Comments, text and CDATA sections between them are refused.
fn children(element: Element<'_>) -> Result<Vec<Element<'_>>, Error> {
    match element.is_structure() {
        true => Ok(element.children().collect()),
        false => Err(shape(format_args!("{} holds more than elements", element.local()))),
    }
}

fn named(element: Element<'_>, local: &str, allowed: &[&str]) -> Result<(), Error> {
    match element.is(DS, local) {
        true => attributes(element, allowed),
        false => Err(shape(format_args!("expected {local}, found {element:?}"))),
    }
}

fn attributes(element: Element<'_>, allowed: &[&str]) -> Result<(), Error> {
    let mut unknown =
        element.attributes().filter(|(ns, local, _)| !ns.is_empty() || !allowed.contains(local));
    match unknown.next() {
        None => Ok(()),
        Some((_, local, _)) => Err(shape(format_args!("{} has an attribute {local}", element.local()))),
    }
}

fn empty(element: Element<'_>) -> Result<(), Error> {
    match children(element)?.is_empty() {
        true => Ok(()),
        false => Err(shape(format_args!("{} has a parameter", element.local()))),
    }
}

fn algorithm(element: Element<'_>) -> Result<&str, Error> {
    element
        .attribute("Algorithm")
        .ok_or_else(|| shape(format_args!("{} names no algorithm", element.local())))
}

fn refused(method: Element<'_>) -> Error {
    Error::with(
        ErrorKind::SamlAlgorithmRefused,
        format_args!("{} {:?}", method.local(), method.attribute("Algorithm").unwrap_or_default()),
    )
}

fn shape(what: impl std::fmt::Display) -> Error {
    Error::with(ErrorKind::SamlSignatureShape, what)
}
