//! One parse of one document, checked before anything in it is believed.
//!
//! Size, depth and attributes are bounded by a scan of the bytes that may refuse and never reads; then one parse,
//! without document types or entities; then one pass over all nodes: names, IDs, the root, what may stand in it.

pub(crate) mod document;
pub(crate) mod element;
mod ids;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod namespace;
mod scan;
pub(crate) mod source;
