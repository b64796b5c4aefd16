//! The limits for the size and the complexity of a document.
//!
//! They are checked before the document is parsed, so that a parser never works on one that exceeds them.

/// The limits of one document. They are checked before it is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The maximum size of the decoded document, in bytes.
    pub(crate) size: usize,
    /// The maximum nesting depth of elements. The root has depth 1.
    pub(crate) depth: usize,
    /// The maximum number of attributes of one element, namespace declarations included. It also limits the number of
    /// namespace declarations that are in scope at any place.
    pub(crate) attributes: usize,
}

/// The number of bytes per part. Even a document of maximum size that contains only short values in a row has one part
/// in 35 bytes.
const BYTES_OF_A_PART: usize = 32;
/// The number of parts that a document may always contain, even if it is short and dense.
const FEWEST_PARTS: usize = 1024;

impl Limits {
    /// The limits of a message.
    pub(crate) const MESSAGE: Self = Self { size: 192 * 1024, depth: 48, attributes: 32 };
    /// The limits of metadata. They are larger, because the file of a federation contains many entities.
    pub(crate) const METADATA: Self = Self { size: 16 * 1024 * 1024, depth: 48, attributes: 64 };

    /// Returns how many elements, attributes, comments and CDATA sections a document may contain in total. The work of
    /// a parser depends on this number, and not on the number of bytes.
    pub(crate) fn parts(&self) -> usize {
        (self.size / BYTES_OF_A_PART).max(FEWEST_PARTS)
    }

    /// Returns the limits with another size.
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
