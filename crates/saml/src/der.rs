//! Reads the few DER elements that are needed from a certificate (X.690 §8.1).
//!
//! The reader is lenient: it reads tags and lengths, and does not check the rest of the encoding.

/// The tag of a SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// The tag of an OBJECT IDENTIFIER.
pub(crate) const OID: u8 = 0x06;
/// The tag of a BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;

/// One DER element: tag, length and value.
#[derive(Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// The tag, the length and the content.
    pub(crate) whole: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Returns the first element of `input`, and the rest. A length must be definite and at most four bytes long.
    pub(crate) fn read(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&tag, rest) = input.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let whole = input.get(..input.len() - rest.len())?;
        Some((Self { tag, content, whole }, rest))
    }

    /// Returns the elements inside this element.
    pub(crate) fn elements(self) -> impl Iterator<Item = Tlv<'a>> {
        let mut rest = self.content;
        std::iter::from_fn(move || {
            let (element, behind) = Tlv::read(rest)?;
            rest = behind;
            Some(element)
        })
    }
}
