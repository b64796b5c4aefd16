//! Tests another user's assertion under an honest signature, with its digest in a place where a careless reader finds
//! it.
//!
//! Each document is that of an attack that worked: of the places where a digest may be found, one is the attacker's.

use crate::tests::{
    assertion, evil, open, refused, response,
    signer::{PROVIDER, digest_value, sign},
};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const INFO_END: &str = "</ds:SignedInfo>";

/// Returns the provider's signature over the honest assertion.
fn honest() -> String {
    sign(&PROVIDER, &assertion("a1", "ada@example.com"))
}

/// Returns the digests of the honest assertion and of the evil one that should be read in its place.
fn digests() -> [String; 2] {
    [digest_value(&assertion("a1", "ada@example.com")), digest_value(&evil("a1"))]
}

/// Returns a response with the evil assertion under this signature.
fn under(signature: &str) -> String {
    response(&evil("a1").with(signature)).unsigned()
}

/// Returns the evil assertion under the honest signature, with `what` inserted before `place` in the response.
fn smuggled(place: &str, what: &str) -> String {
    under(&honest()).replacen(place, &format!("{what}{place}"), 1)
}

fn digest_element() -> String {
    format!("<ds:DigestValue xmlns:ds=\"{DS}\">{}</ds:DigestValue>", digests()[1])
}

fn in_status_detail() -> String {
    smuggled("</samlp:Status>", &format!("<samlp:StatusDetail>{}</samlp:StatusDetail>", digest_element()))
}

fn in_extensions() -> String {
    smuggled("<samlp:Status>", &format!("<samlp:Extensions>{}</samlp:Extensions>", digest_element()))
}

/// Returns `SignedInfo` as it was signed, and as it would be for the evil assertion.
fn infos() -> [String; 2] {
    let (signature, [signed, evil]) = (honest(), digests());
    let (start, end) = (signature.find("<ds:SignedInfo").unwrap(), signature.find(INFO_END).unwrap());
    let info = signature[start..end + INFO_END.len()].to_owned();
    let forged = info.replace(&signed, &evil);
    assert_ne!(info, forged);
    [info, forged]
}

fn with_infos(infos: &str) -> String {
    under(&honest().replacen(&self::infos()[0], infos, 1))
}

/// Returns the evil assertion with a comment in the signature. A comment is not signed, and some readers take it for
/// text.
fn with_comment(from: &str, to: &str) -> String {
    under(&honest().replacen(from, &to.replace("EVIL", &digests()[1]), 1))
}

refused! {
    /// CVE-2024-45409: what is digested and what is read are found in different ways.
    fn a_second_digest_in_the_status_detail_is_refused() -> SamlSignatureInvalid { in_status_detail() }
    fn a_second_digest_in_extensions_is_refused() -> SamlSignatureInvalid { in_extensions() }
    fn a_second_reference_in_the_status_detail_is_refused() -> SamlSignatureInvalid {
        let reference = format!("<ds:Reference xmlns:ds=\"{DS}\" URI=\"#a1\">{}</ds:Reference>", digest_element());
        smuggled("</samlp:Status>", &format!("<samlp:StatusDetail>{reference}</samlp:StatusDetail>"))
    }
    fn a_second_signed_info_in_the_status_detail_is_refused() -> SamlSignatureInvalid {
        let info = infos()[1].replacen("<ds:SignedInfo", &format!("<ds:SignedInfo xmlns:ds=\"{DS}\""), 1);
        smuggled("</samlp:Status>", &format!("<samlp:StatusDetail>{info}</samlp:StatusDetail>"))
    }

    /// CVE-2025-29774: one `SignedInfo` is signed, and the digest is taken from the other.
    fn two_signed_infos_are_refused() -> SamlSignatureShape {
        let [signed, forged] = infos();
        with_infos(&format!("{signed}{forged}"))
    }
    fn two_signed_infos_with_the_forged_one_first_are_refused() -> SamlSignatureShape {
        let [signed, forged] = infos();
        with_infos(&format!("{forged}{signed}"))
    }
    fn a_signed_info_inside_a_forged_one_is_refused() -> SamlSignatureShape {
        let [signed, forged] = infos();
        with_infos(&forged.replace(INFO_END, &format!("{signed}{INFO_END}")))
    }
    fn a_forged_signed_info_alone_is_refused() -> SamlSignatureInvalid { with_infos(&infos()[1]) }

    /// CVE-2025-29775: canonical XML leaves the comment out, and the digest is read from it.
    fn a_forged_digest_in_a_comment_before_the_digest_is_refused() -> SamlTextMixed {
        with_comment("<ds:DigestValue>", "<ds:DigestValue><!--EVIL-->")
    }
    fn a_forged_digest_in_a_comment_after_the_digest_is_refused() -> SamlTextMixed {
        with_comment("</ds:DigestValue>", "<!--EVIL--></ds:DigestValue>")
    }
    fn a_forged_digest_element_in_a_comment_is_refused() -> SamlSignatureShape {
        with_comment("<ds:DigestValue>", "<!--<ds:DigestValue>EVIL</ds:DigestValue>--><ds:DigestValue>")
    }
    fn a_digest_value_inside_the_digest_value_is_refused() -> SamlTextMixed {
        with_comment("<ds:DigestValue>", "<ds:DigestValue><ds:DigestValue>EVIL</ds:DigestValue>")
    }
}

/// The same documents with the honest assertion in its place are accepted. Therefore the smuggled digest is the only
/// trap, and it is the first one that a search finds.
#[test]
fn the_smuggled_digest_is_that_of_the_forged_assertion() {
    let [signed, evil] = digests();
    for text in [in_status_detail(), in_extensions()] {
        assert!(text.find(&evil).unwrap() < text.find(&signed).unwrap(), "{text}");
        assert_eq!(open(&text.replace("root@", "ada@")).unwrap().name_id, "ada@example.com");
    }
    assert_eq!(infos()[0].matches(&signed).count(), 1);
    assert_eq!(open(&with_infos(&infos()[0]).replace("root@", "ada@")).unwrap().name_id, "ada@example.com");
}
