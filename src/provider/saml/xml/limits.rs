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

impl Limits {
    /// What a message may be.
    pub(crate) const MESSAGE: Self = Self { size: 192 * 1024, depth: 48, attributes: 64 };
    /// What metadata may be: a federation's file holds many entities.
    pub(crate) const METADATA: Self = Self { size: 16 * 1024 * 1024, depth: 48, attributes: 64 };

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
