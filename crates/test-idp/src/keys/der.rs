//! The parts of DER that certificates and signatures need (X.690).

/// Encodes a tag, a length and the content (X.690 §8.1).
pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let length = length.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    match (content.len(), u8::try_from(length.len())) {
        (short @ 0..128, _) => out.extend(u8::try_from(short)),
        (_, Ok(bytes)) => {
            out.push(0x80 | bytes);
            out.extend(&length);
        }
        (_, Err(_)) => {}
    }
    out.extend(content);
    out
}

/// Encodes a non-negative integer. It has no leading zeros, except one if the sign bit would be set.
pub(crate) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_none_or(|byte| *byte >= 0x80) { &[0] } else { &[] };
    der(2, &[sign, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_lengths_are_encoded_in_every_size() {
        assert_eq!(der(4, &[&[7; 2]]), [4, 2, 7, 7]);
        assert_eq!(der(4, &[&[7; 128]])[..3], [4, 0x81, 128]);
        assert_eq!(der(4, &[&[7; 300]])[..4], [4, 0x82, 1, 44]);
    }
}
