//! The few elements of DER that are looked for in a certificate (X.690 §8.1).

/// The tag of a SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// The tag of an OBJECT IDENTIFIER.
pub(crate) const OID: u8 = 0x06;
/// The tag of a BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The first element of `input`, and what stands behind it. Lengths are definite, of at most four bytes.
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

    /// The elements that stand in it.
    pub(crate) fn elements(self) -> impl Iterator<Item = Tlv<'a>> {
        let mut rest = self.content;
        std::iter::from_fn(move || {
            let (element, behind) = Tlv::read(rest)?;
            rest = behind;
            Some(element)
        })
    }
}
