//! Makes a certificate around a public key, because libxmlsec1 accepts keys only in certificates.
//!
//! Only the key of a provider's certificate is used. Therefore the same envelope serves for a bare public key and for a
//! certificate that a strict reader refuses. The envelope is not signed and never verified, and it never leaves this
//! process.

use crate::der::SEQUENCE;

/// Returns a `Certificate` of version 3 (RFC 5280 §4.1) around the key. Its serial number, times and names have no
/// meaning.
pub(crate) fn certificate_around(public_key: &[u8]) -> Vec<u8> {
    // The algorithm is ecdsa-with-SHA256 (RFC 5758 §3.2).
    let algorithm = of(SEQUENCE, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let (version, serial, nobody) = ([0xa0, 3, 2, 1, 2], [2, 1, 1], [SEQUENCE, 0]);
    let (from, until) = (of(0x17, &[b"200101000000Z"]), of(0x17, &[b"491231235959Z"]));
    let validity = of(SEQUENCE, &[&from, &until]);
    let signed = of(SEQUENCE, &[&version, &serial, &algorithm, &nobody, &validity, &nobody, public_key]);
    of(SEQUENCE, &[&signed, &algorithm, &[0x03, 2, 0, 0]])
}

/// Returns a DER element (X.690 §8.1).
fn of(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let used = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let mut element = vec![tag];
    match used.as_slice() {
        [] => element.push(0),
        [one] if *one < 0x80 => element.push(*one),
        // From 0x81 on, this byte says how many bytes of length follow. There are at most eight.
        bytes => {
            element.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
            element.extend(bytes);
        }
    }
    element.extend(content);
    element
}
