//! Reads the public key from a PEM text, which is a certificate or a public key.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Returns the `SubjectPublicKeyInfo` of a certificate or a public key in PEM (RFC 7468), as DER.
pub(crate) fn public_key(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).ok()?;
    match label {
        "PUBLIC KEY" => Some(der),
        "CERTIFICATE" => of_certificate(&der),
        _ => None,
    }
}

/// RFC 5280 §4.1: the seventh element of the certificate's body, or the sixth if the version is omitted.
fn of_certificate(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate, _) = element(der)?;
    let (_, mut body, _) = element(certificate.1)?;
    let mut elements = Vec::new();
    while let Some((tag, element, rest)) = element(body.1) {
        elements.push((tag, element.0));
        body.1 = rest;
    }
    let version = usize::from(elements.first()?.0 == 0xa0);
    elements.get(version + 5).map(|(_, key)| key.to_vec())
}

/// A DER element that was split off: its tag, the whole element and its content, and the rest.
type Read<'a> = (u8, (&'a [u8], &'a [u8]), &'a [u8]);

fn element(der: &[u8]) -> Option<Read<'_>> {
    let (tag, first) = (*der.first()?, *der.get(1)?);
    let (head, length) = if first < 0x80 {
        (2, usize::from(first))
    } else {
        let bytes = der.get(2..2 + usize::from(first & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |length, byte| {
            length.checked_mul(256).map(|length| length + usize::from(*byte))
        })?;
        (2 + bytes.len(), length)
    };
    let whole = der.get(..head.checked_add(length)?)?;
    Some((tag, (whole, whole.get(head..)?), der.get(whole.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{algorithm::SigningAlg, certificate::self_signed, pem::pem, test_key::TestKey};

    #[test]
    fn a_certificate_and_its_public_key_yield_the_same_key() {
        for alg in SigningAlg::ALL {
            let key = TestKey::shared(alg).unwrap();
            let certificate = pem("CERTIFICATE", &self_signed(&key, "a provider").unwrap());
            let public = key.public_key_der().unwrap();
            assert_eq!(public_key(&certificate), Some(public.clone()), "{alg:?}");
            assert_eq!(public_key(&key.public_key_pem().unwrap()), Some(public));
        }
        assert_eq!(public_key("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"), None);
        assert_eq!(public_key("nothing"), None);
    }
}
