//! Parses a document exactly once, and checks it before anything in it is trusted.
//!
//! First a scan of the bytes limits size, depth and attributes; the scan may refuse a document, but nothing is read
//! from it. Then the document is parsed once, without document types or entities. Then one pass over all nodes checks
//! names, IDs, the root, and the allowed children.

pub(crate) mod document;
pub(crate) mod element;
mod ids;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod namespace;
mod scan;
pub(crate) mod source;
