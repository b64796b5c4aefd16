//! Which organization a request belongs to.
//!
//! The layer must read the same organization as the handler does: otherwise a request would be checked against one
//! organization and served by another. [`Namespace`](reading::Namespace) says how it is read. A request whose
//! organization can't be read for sure is refused.

mod ambiguity;
pub(crate) mod free;
pub(crate) mod matching;
mod patterns;
pub(crate) mod placement;
pub(crate) mod reading;
mod router_param;
