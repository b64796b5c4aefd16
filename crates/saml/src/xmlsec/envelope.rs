//! A certificate around a public key: libxmlsec1 takes keys by certificate alone.
//!
//! Of a provider's certificate nothing counts but its key, so it is the same here for a bare public key and for a
//! certificate that a strict reader refuses. Nobody signed it, nothing verifies it, and it leaves this process never.

use crate::der::SEQUENCE;

/// `Certificate` of version 3 (RFC 5280 §4.1), with a serial number, a time and names that say nothing.
pub(crate) fn certificate_around(public_key: &[u8]) -> Vec<u8> {
    // ecdsa-with-SHA256 (RFC 5758 §3.2).
    let algorithm = of(SEQUENCE, &[&[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let (version, serial, nobody) = ([0xa0, 3, 2, 1, 2], [2, 1, 1], [SEQUENCE, 0]);
    let (from, until) = (of(0x17, &[b"200101000000Z"]), of(0x17, &[b"491231235959Z"]));
    let validity = of(SEQUENCE, &[&from, &until]);
    let signed = of(SEQUENCE, &[&version, &serial, &algorithm, &nobody, &validity, &nobody, public_key]);
    of(SEQUENCE, &[&signed, &algorithm, &[0x03, 2, 0, 0]])
}

/// An element (X.690 §8.1).
fn of(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let used = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let mut element = vec![tag];
    match used.as_slice() {
        [] => element.push(0),
        [one] if *one < 0x80 => element.push(*one),
        // 0x81 and on: how many bytes of length follow. There are at most eight.
        bytes => {
            element.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
            element.extend(bytes);
        }
    }
    element.extend(content);
    element
}
