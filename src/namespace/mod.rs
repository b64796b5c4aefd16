//! Reads which organization a request belongs to.
//!
//! The layer must read the same organization as the handler. Otherwise a request would be checked for one organization
//! and served by another. By default the layer therefore reads what axum's router captured, and not the path. If the
//! organization can't be read for certain, the request is refused and never passes.
//!
//! | what | where |
//! |---|---|
//! | [`Namespace`](reading::Namespace): how the app wants the organization to be read | `reading` |
//! | [`NamespaceMatch`](matching::NamespaceMatch): what was read | `matching` |
//! | reading the capture of axum's router, the default | `router_param` |
//! | reading path patterns, for services that are not axum routers | `patterns`, `ambiguity` |
//! | reading the host, `{org}.hub.example` | `host` |
//! | paths that the app declares to belong to no organization | `outside_paths` |
//! | what was logged about the layer's place in the app | `placement` |

mod ambiguity;
pub(crate) mod host;
pub(crate) mod matching;
pub(crate) mod outside_paths;
mod patterns;
pub(crate) mod placement;
pub(crate) mod reading;
mod router_param;
