//! Names that stores, logs, dashboards, documents and browsers keep, checked word for word. No name depends on the name
//! of a Rust type, and no name changes without a row in the changelog.
//!
//! Names that are not reachable from outside are pinned next to their module: the keys of records in `login::record`,
//! and the lines of the log in `audit::sink`.

mod documents;
mod http;
#[cfg(feature = "metrics")]
mod metrics;
mod names;
mod records;
mod versions;
