//! How large and how complex a document may be.

/// Bounds of one document, checked before it is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of the decoded document.
    pub(crate) size: usize,
    /// How deep elements may be nested; the root is 1.
    pub(crate) depth: usize,
    /// Attributes of one element, namespace declarations among them; also the namespace declarations in scope anywhere.
    pub(crate) attributes: usize,
}

/// A document at its full size of nothing but short values in a row has one part in 35 bytes.
const BYTES_OF_A_PART: usize = 32;
/// What a short document may hold, however dense it is.
const FEWEST_PARTS: usize = 1024;

impl Limits {
    /// What a message may be.
    pub(crate) const MESSAGE: Self = Self { size: 192 * 1024, depth: 48, attributes: 32 };
    /// What metadata may be: a federation's file holds many entities.
    pub(crate) const METADATA: Self = Self { size: 16 * 1024 * 1024, depth: 48, attributes: 64 };

    /// How many elements, attributes, comments and CDATA sections a document may hold together: a parser's work is by
    /// these, and not by bytes.
    pub(crate) fn parts(&self) -> usize {
        (self.size / BYTES_OF_A_PART).max(FEWEST_PARTS)
    }

    /// The same with another size.
    pub(crate) const fn with_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::MESSAGE
    }
}
